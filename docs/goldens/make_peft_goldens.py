"""Makes the goldens of adapters for the training tests with `peft` 0.21, `transformers` (5.x) and `torch`, on the golden
models of make_decoder_goldens.py; and checks that `peft` loads what Packtrain writes.

Usage: python docs/goldens/make_peft_goldens.py training/src/test/resources/goldens [CASE …]    makes peft/
       python docs/goldens/make_peft_goldens.py training/src/test/resources/goldens --check  loads peft/*/ours

Per case a directory peft/<case> with an adapter as `save_pretrained` of PEFT writes it (random, so that it does something)
and golden.safetensors: `logits` of all tokens of the base's golden pack with the adapter, and `losses` of 20 steps of AdamW
that go on from the adapter, all on that pack. ours/ is the same adapter as Packtrain reads and writes it; with --check PEFT
loads it, and its logits must be those of golden.safetensors. The case `pissa` has losses alone: of a fresh adapter.
"""

import sys
from pathlib import Path

import torch
from make_decoder_goldens import run
from peft import AdaLoraConfig, IA3Config, LoHaConfig, LoKrConfig, LoraConfig, PeftModel, VeraConfig, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

STEPS = 20
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def lora(**entries):
    return LoraConfig(lora_dropout=0.0, init_lora_weights=False, **entries)


def ia3(**entries):
    return IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"], **entries)


CASES = {
    # base, config, learning-rate ratio of LoRA+
    "plain": ("gqa_tied", lambda: lora(r=4, lora_alpha=8, target_modules=ALL), 1.0),
    "rslora_plus": (
        "qwen2",
        lambda: lora(r=3, lora_alpha=4, use_rslora=True, target_modules=["q_proj", "v_proj"]),
        16.0,
    ),
    "one_layer": ("mha_untied", lambda: lora(r=2, lora_alpha=3, target_modules=r"model\.layers\.1\..*_proj"), 1.0),
    "dora": ("qwen2", lambda: lora(r=3, lora_alpha=6, use_dora=True, target_modules=ALL), None),
    "lora_fa": ("gqa_tied", lambda: lora(r=4, lora_alpha=8, target_modules=ALL), None),
    "pissa": ("gqa_tied", lambda: LoraConfig(r=4, lora_alpha=6, init_lora_weights="pissa", target_modules=ALL), None),
    "vera": (
        "gqa_tied",
        lambda: VeraConfig(r=6, projection_prng_key=3, save_projection=False, target_modules=ALL),
        None,
    ),
    "vera_saved": (
        "qwen2",
        lambda: VeraConfig(r=5, save_projection=True, target_modules=["q_proj", "down_proj"]),
        None,
    ),
    "ia3": ("qwen2", ia3, None),
    "lokr": ("gqa_tied", lambda: LoKrConfig(r=2, alpha=3, init_weights=False, target_modules=ALL), None),
    "lokr_both": (
        "qwen2",
        lambda: LoKrConfig(
            r=1, alpha=2, init_weights=False, decompose_both=True, decompose_factor=4, target_modules=ALL
        ),
        None,
    ),
    "adalora": (
        "gqa_tied",
        lambda: AdaLoraConfig(
            init_r=4, target_r=2, tinit=3, tfinal=6, deltaT=2, total_step=STEPS, lora_alpha=6, target_modules=ALL
        ),
        None,
    ),
    "loha": ("gqa_tied", lambda: LoHaConfig(r=3, alpha=5, init_weights=False, target_modules=ALL), None),
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


def scatter(model) -> None:
    """Vectors begin as constants, with which some methods do nothing."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if any(vector in name for vector in ("ia3_l", "vera_lambda", "lora_magnitude_vector")):
                parameter.add_(0.3 * torch.randn_like(parameter))
            elif "lora_E" in name:  # between matrices of 0.02
                parameter.add_(30 * torch.randn_like(parameter))


def optimizer(model, case: str, ratio):
    if ratio is not None:
        return create_loraplus_optimizer(
            model,
            torch.optim.AdamW,
            lr=LEARNING_RATE,
            loraplus_lr_ratio=ratio,
            loraplus_weight_decay=WEIGHT_DECAY,
            **ADAMW,
        )
    if case == "lora_fa":
        for name, parameter in model.named_parameters():
            if "lora_A" in name:
                parameter.requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, **ADAMW)


def orthogonal_penalty(model):
    """What AdaLoraModel adds to the loss of a forward pass, by its own code: the difference that it makes."""
    ids = torch.arange(4)[None]
    return model.base_model(input_ids=ids, labels=ids).loss - model.get_base_model()(input_ids=ids, labels=ids).loss


def observe(model, step: int) -> None:
    """PEFT takes sensitivities after the update, from new weights and clipped old gradients; the paper's algorithm 1 before
    it, from those that belong together, up to the last cut: so here. What is cut off for good has no gradient to clip."""
    config = model.peft_config["default"]
    if step <= config.total_step - config.tfinal:
        model.base_model.rankallocator.update_ipt(model.base_model.model)
        return
    for name, parameter in model.named_parameters():
        if "lora_E" in name:
            parameter.grad.mul_(parameter.detach() != 0)


def allocate(model, step: int) -> None:
    """AdaLoRA's budget after a step."""
    allocator = model.base_model.rankallocator
    observed, allocator.update_ipt = allocator.update_ipt, lambda _: None
    model.base_model.update_and_allocate(step)
    allocator.update_ipt = observed


def make(out: Path, case: str) -> None:
    base_name, config, ratio = CASES[case]
    base = out / base_name
    torch.manual_seed(17)
    config = config()
    config.task_type = "CAUSAL_LM"
    model = get_peft_model(base_model(base), config).train()
    model.peft_config["default"].base_model_name_or_path = base_name
    directory = out / "peft" / case
    directory.mkdir(parents=True, exist_ok=True)
    golden = {}
    if case != "pissa":
        scatter(model)
        model.save_pretrained(directory)
        (directory / "README.md").unlink(missing_ok=True)
        golden["logits"] = forward(model, base)[0].detach().contiguous()
    steps = optimizer(model, case, ratio)
    losses = []
    for step in range(STEPS):
        _, loss_sum, num_labels = forward(model, base)
        loss = loss_sum / num_labels
        losses.append(loss.detach().double())
        if case == "adalora":
            loss = loss + orthogonal_penalty(model)
        loss.backward()
        if case == "adalora":
            observe(model, step + 1)
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], MAX_GRAD_NORM)
        steps.step()
        if case == "adalora":
            allocate(model, step + 1)
        steps.zero_grad()
    golden["losses"] = torch.stack(losses)
    save_file(golden, directory / "golden.safetensors")
    print(case, "losses", float(losses[0]), "to", float(losses[-1]))


def check(out: Path, case: str) -> None:
    base = out / CASES[case][0]
    directory = out / "peft" / case
    golden = load_file(directory / "golden.safetensors")["logits"]
    model = PeftModel.from_pretrained(base_model(base), directory / "ours")
    with torch.no_grad():
        logits, _, _ = forward(model, base)
        plain = run(base_model(base), *pack(base))[0]
    torch.testing.assert_close(logits, golden, rtol=1e-5, atol=1e-5)
    assert (plain - golden).abs().max() > 0.1, "the adapter does nothing"
    print(case, "as Packtrain wrote it: same logits in PEFT")


if __name__ == "__main__":
    chosen = [name for name in sys.argv[2:] if name != "--check"] or list(CASES)
    for name in chosen:
        if "--check" not in sys.argv[2:]:
            make(Path(sys.argv[1]), name)
        elif name != "pissa":
            check(Path(sys.argv[1]), name)
