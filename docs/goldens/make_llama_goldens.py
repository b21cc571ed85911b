"""Makes the golden Llama models of the training tests with `transformers` (5.x) and `torch`.

Usage: python docs/goldens/make_llama_goldens.py training/src/test/resources/goldens

Per model a directory with config.json, model.safetensors (fp32) and golden.safetensors: the packed inputs
(input_ids, labels, cu_seqlens), `logits` of all tokens, `loss_sum` in nats, and `grad.<parameter>` of
loss_sum / number of label tokens. Every document goes through the model alone, so nothing can leak between documents.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

DOCUMENTS = [9, 1, 6]  # tokens; the one-token document predicts nothing
SHAPES = {
    "gqa_tied": dict(hidden_size=24, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True),
    "mqa_untied": dict(
        hidden_size=16, num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False, head_dim=6
    ),
    "mha_untied": dict(hidden_size=16, num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=False),
}


def make(out: Path, name: str, seed: int) -> None:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=47,
        intermediate_size=20,
        num_hidden_layers=2,
        max_position_embeddings=64,
        initializer_range=0.2,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 500.0},
        attn_implementation="eager",
        **SHAPES[name],
    )
    model = LlamaForCausalLM(config).float().train()
    for parameter_name, parameter in model.named_parameters():
        if "norm" in parameter_name:  # norms start at 1; a golden should see them
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    directory = out / name
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)

    input_ids = torch.randint(0, config.vocab_size, (sum(DOCUMENTS),))
    labels = input_ids.clone()
    labels[:3] = -100  # a prompt
    labels[10] = -100  # the first token of the last document predicts nothing anyway
    logits, loss_sum, num_labels, begin = [], 0.0, 0, 0
    for length in DOCUMENTS:
        ids = input_ids[begin : begin + length]
        target = labels[begin : begin + length]
        out_logits = model(ids[None]).logits[0]
        logits.append(out_logits)
        if length > 1:
            loss_sum = loss_sum + torch.nn.functional.cross_entropy(
                out_logits[:-1], target[1:], ignore_index=-100, reduction="sum"
            )
            num_labels += int((target[1:] != -100).sum())
        begin += length
    (loss_sum / num_labels).backward()
    golden = {
        "input_ids": input_ids.int(),
        "labels": labels.int(),
        "cu_seqlens": torch.tensor([0, *torch.tensor(DOCUMENTS).cumsum(0).tolist()]).int(),
        "logits": torch.cat(logits).detach(),
        "loss_sum": loss_sum.detach().double().reshape(1),
    }
    for parameter_name, parameter in model.named_parameters():
        golden["grad." + parameter_name] = parameter.grad
    save_file(golden, directory / "golden.safetensors")


for i, shape in enumerate(SHAPES):
    make(Path(sys.argv[1]), shape, seed=i)
