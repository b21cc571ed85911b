"""Makes the LoRA goldens of the training tests with `peft` 0.21, `transformers` (5.x) and `torch`, on the golden models of
make_decoder_goldens.py; and checks that `peft` loads what Packtrain writes.

Usage: python docs/goldens/make_lora_goldens.py training/src/test/resources/goldens          makes lora/
       python docs/goldens/make_lora_goldens.py training/src/test/resources/goldens --check  loads lora/*/ours

Per case a directory lora/<case> with an adapter as `save_pretrained` of PEFT writes it (B not zero, so that it does
something) and golden.safetensors: `logits` of all tokens of the base's golden pack with the adapter, and `losses` of 20
steps of AdamW that go on from the adapter, all on that pack. ours/ is the same adapter as Packtrain reads and writes it;
with --check PEFT loads it, and its logits must be those of golden.safetensors.
"""

import sys
from pathlib import Path

import torch
from make_decoder_goldens import run
from peft import LoraConfig, PeftModel, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

STEPS = 20
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    # base, entries of LoraConfig, learning-rate ratio of LoRA+
    "plain": ("gqa_tied", dict(r=4, lora_alpha=8, target_modules=ALL), 1.0),
    "rslora_plus": ("qwen2", dict(r=3, lora_alpha=4, use_rslora=True, target_modules=["q_proj", "v_proj"]), 16.0),
    "one_layer": ("mha_untied", dict(r=2, lora_alpha=3, target_modules=r"model\.layers\.1\..*_proj"), 1.0),
}
LEARNING_RATE = 2e-3  # at 5e-3 PEFT in fp32 and in fp64 differ by more than 1e-5 themselves
ADAMW = dict(betas=(0.9, 0.95), eps=1e-8)
WEIGHT_DECAY = 0.1
MAX_GRAD_NORM = 1.0


def base_model(directory: Path):
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager")


def pack(directory: Path):
    golden = load_file(directory / "golden.safetensors")
    documents = golden["cu_seqlens"].diff().tolist()
    return golden["input_ids"].long(), golden["labels"].long(), documents


def forward(model, directory: Path):
    return run(model.get_base_model(), *pack(directory))


def make(out: Path, case: str) -> None:
    base_name, entries, ratio = CASES[case]
    base = out / base_name
    torch.manual_seed(17)
    config = LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, init_lora_weights=False, **entries)
    model = get_peft_model(base_model(base), config).train()
    model.peft_config["default"].base_model_name_or_path = base_name
    directory = out / "lora" / case
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    logits, _, _ = forward(model, base)
    optimizer = create_loraplus_optimizer(
        model,
        torch.optim.AdamW,
        lr=LEARNING_RATE,
        loraplus_lr_ratio=ratio,
        loraplus_weight_decay=WEIGHT_DECAY,
        **ADAMW,
    )
    losses = []
    for _ in range(STEPS):
        _, loss_sum, num_labels = forward(model, base)
        loss = loss_sum / num_labels
        losses.append(loss.detach().double())
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
    save_file(
        {"logits": logits.detach().contiguous(), "losses": torch.stack(losses)}, directory / "golden.safetensors"
    )
    print(case, "losses", float(losses[0]), "to", float(losses[-1]))


def check(out: Path, case: str) -> None:
    base = out / CASES[case][0]
    directory = out / "lora" / case
    golden = load_file(directory / "golden.safetensors")["logits"]
    model = PeftModel.from_pretrained(base_model(base), directory / "ours")
    with torch.no_grad():
        logits, _, _ = forward(model, base)
        plain = run(base_model(base), *pack(base))[0]
    torch.testing.assert_close(logits, golden, rtol=1e-5, atol=1e-5)
    assert (plain - golden).abs().max() > 0.1, "the adapter does nothing"
    print(case, "as Packtrain wrote it: same logits in PEFT")


if __name__ == "__main__":
    for name in CASES:
        (check if "--check" in sys.argv[2:] else make)(Path(sys.argv[1]), name)
