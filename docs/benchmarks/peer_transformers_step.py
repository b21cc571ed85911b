"""The peer's side of `packtrain bench train`: the same step in transformers + torch, on the CPU.

One Llama (by default hidden 512, 8 layers, 8 heads of 64, SwiGLU 1408, vocabulary 8,000) is trained with AdamW on one pack of
`--max_length` tokens that holds `--documents` documents of equal length; position_ids restart with every document, so
that transformers builds the block-diagonal mask itself (its own best setting for packed data on a CPU is SDPA). With one
document the position_ids rise all the way, and SDPA is called causal and without a mask. AdamW is the fused one: on this
CPU it takes 30 ms of processor time for 17 M parameters where the default takes 235 ms in fp32 (48 and 74 ms in bf16).

Needs: pip install torch transformers. Prints one JSON object: tokens/s (median of the steps) and peak memory.
"""

import argparse
import json
import resource
import statistics
import sys
import time

try:
    import torch

    import peer_llama
except ImportError as missing:
    sys.exit(f"peer_transformers_step: {missing}; install the peer first: pip install torch transformers")


def lora(model, options):
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as missing:
        sys.exit(f"peer_transformers_step: {missing}; install it first: pip install peft")
    config = LoraConfig(
        r=options.lora_rank, lora_alpha=2 * options.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return get_peft_model(model, config, autocast_adapter_dtype=False)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer_llama.add_options(arguments)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--lora_rank", type=int, default=0, help="LoRA on all linears by peft (0: all weights)")
    options = arguments.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(42)
    model = peer_llama.model(options)
    if options.lora_rank:
        model = lora(model, options)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, fused=True)
    pack = peer_llama.pack(options)

    seconds = []
    for step in range(options.warmup + options.steps):
        start = time.perf_counter()
        loss = model(**pack, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step >= options.warmup:
            seconds.append(time.perf_counter() - start)
    result = {
        "peer": peer_llama.peer(),
        "dtype": "bf16" if options.bf16 else "fp32",
        "lora_rank": options.lora_rank,
        "vocab_size": options.vocab_size,
        "hidden_size": options.hidden_size,
        "num_hidden_layers": options.num_hidden_layers,
        "max_length": options.max_length,
        "documents": options.documents,
        "threads": options.threads,
        "tokens_per_second": options.max_length / statistics.median(seconds),
        "step_seconds": statistics.median(seconds),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(result))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


main()
