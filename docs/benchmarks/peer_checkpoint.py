"""The peer's side of `packtrain bench checkpoint`: the same number of fp32 weights and Adam moments, saved by PyTorch.

  torch_save   torch.save of all of it into one file, forced to the disk; training stands still for all of that
  async_save   torch.distributed.checkpoint.async_save, one process over Gloo: the pause is until the call returns

Each is done `--rounds` times after one that does not count; medians. Needs: pip install torch numpy. Prints a JSON object.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

try:
    import torch
    import torch.distributed as dist
    import torch.distributed.checkpoint as dcp
except ImportError as missing:
    sys.exit(f"peer_checkpoint: {missing}; install the peer first: pip install torch numpy")

VOCAB_SIZE = 8000
LAYERS = 8
HEAD_DIM = 64


def shapes(hidden):
    """Of `packtrain bench checkpoint`'s Llama."""
    intermediate = hidden * 27 // 10 // HEAD_DIM * HEAD_DIM
    block = {f"self_attn.{name}_proj": (hidden, hidden) for name in "qkvo"}
    block |= {"mlp.gate_proj": (intermediate, hidden), "mlp.up_proj": (intermediate, hidden)}
    block |= {"mlp.down_proj": (hidden, intermediate), "input_layernorm": (hidden,), "post_attention_layernorm": (hidden,)}
    whole = {f"model.layers.{layer}.{name}": shape for layer in range(LAYERS) for name, shape in block.items()}
    return whole | {
        "model.embed_tokens": (VOCAB_SIZE, hidden),
        "model.norm": (hidden,),
        "lm_head": (VOCAB_SIZE, hidden),
    }


def state(hidden):
    return {
        f"{name}/{kind}": torch.randn(shape)
        for kind in ("weight", "exp_avg", "exp_avg_sq")
        for name, shape in shapes(hidden).items()
    }


def torch_save(tensors, directory):
    start = time.perf_counter()
    with open(os.path.join(directory, "state.pt"), "wb") as file:
        torch.save(tensors, file)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    return seconds, seconds


def async_save(tensors, directory):
    start = time.perf_counter()
    saving = dcp.async_save(tensors, checkpoint_id=directory)
    pause = time.perf_counter() - start
    saving.result()
    return pause, time.perf_counter() - start


def measure(save, tensors, options):
    pauses, wholes = [], []
    for round_number in range(options.rounds + 1):
        directory = tempfile.mkdtemp(dir=options.work_dir)
        try:
            pause, whole = save(tensors, directory)
        finally:
            shutil.rmtree(directory)
        if round_number > 0:
            pauses.append(pause)
            wholes.append(whole)
    return {"pause_seconds": statistics.median(pauses), "complete_seconds": statistics.median(wholes)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--hidden_size", type=int, default=1280)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--work_dir", required=True)
    arguments.add_argument("--json")
    options = arguments.parse_args()
    os.makedirs(options.work_dir, exist_ok=True)
    torch.set_num_threads(options.threads)
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "0")
    dist.init_process_group("gloo", rank=0, world_size=1)
    tensors = state(options.hidden_size)
    num_bytes = sum(tensor.nbytes for tensor in tensors.values())
    figures = {"peer": f"torch {torch.__version__}", "parameters": num_bytes // 12, "state_bytes": num_bytes}
    for save in (torch_save, async_save):
        figures[save.__name__] = measure(save, tensors, options)
    dist.destroy_process_group()
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        with open(options.json, "w") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
