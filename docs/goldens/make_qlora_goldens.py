"""Makes the QLoRA goldens of the training tests with `peft` 0.21 on bases whose linears were quantised and made numbers
again, and the tables of the round trips. bitsandbytes is not used: its rules (functional.py and the kernels of 0.4x: the 16
values, rounding to the nearest by their midpoints, absolute maxima of blocks of the flattened matrix, double quantisation of
these around their mean to the 256 values of its dynamic map) are written out here in torch, on blocks that divide a row.

Usage: python docs/goldens/make_qlora_goldens.py training/src/test/resources/goldens          makes qlora/

Per case a directory qlora/<case> with an adapter as `save_pretrained` writes it and golden.safetensors: `logits` of all
tokens of the base's golden pack with the adapter on the quantised base, and `losses` of 20 steps of AdamW. And
qlora/round_trips.safetensors: a matrix `weight`, and what it becomes with each algorithm.
"""

import sys
from pathlib import Path
from statistics import NormalDist

import torch
from make_decoder_goldens import run
from make_peft_goldens import ADAMW, ALL, LEARNING_RATE, MAX_GRAD_NORM, STEPS, WEIGHT_DECAY, base_model, pack
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

CASES = {
    # base, algorithm, block, double quantisation's block
    "nf4_double": ("gqa_tied", "nf4", 4, 16),
    "int4": ("qwen2", "weight_only_int4", 4, None),
    "int8": ("mha_untied", "weight_only_int8", None, None),
}


def normal_float() -> torch.Tensor:
    """QLoRA's formula 4: quantiles of the normal distribution, zero among them, over the largest."""
    offset = 0.9677083
    positive = [NormalDist().inv_cdf(offset + (0.5 - offset) * i / 8) for i in range(8)]
    negative = [-NormalDist().inv_cdf(offset + (0.5 - offset) * i / 7) for i in range(7)]
    values = torch.tensor(sorted([*positive, 0.0, *negative]), dtype=torch.float64)
    return (values / values.max()).float()


def float_of_four_bits() -> torch.Tensor:
    magnitudes = torch.tensor([0, 0.0625, 2, 3, 4, 6, 8, 12], dtype=torch.float64) / 12
    return torch.cat([-magnitudes.flip(0)[:-1], magnitudes]).float()


def dynamic_map() -> torch.Tensor:
    """256 values: per decade the midpoints of 1, 2, 4, ... parts of [0.1, 1] with either sign, and 0 and 1."""
    values = [torch.tensor([0.0, 1.0])]
    for decade in range(7):
        bounds = torch.linspace(0.1, 1, 2**decade + 1, dtype=torch.float64)
        middles = (bounds[:-1] + bounds[1:]) / 2 * 10.0 ** (decade - 6)
        values += [middles, -middles]
    return torch.cat(values).float().sort().values


def nearest(numbers: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    bounds = (values[:-1].double() + values[1:].double()) / 2
    return values[torch.bucketize(numbers, bounds.float())]


def round_trip(weight: torch.Tensor, algorithm: str, block: int | None, second: int | None) -> torch.Tensor:
    if algorithm == "weight_only_int8":
        scales = weight.abs().amax(1, keepdim=True) / 127
        return (weight / scales).round() * scales
    blocks = weight.reshape(-1, block)
    largest = blocks.abs().amax(1)
    if algorithm == "weight_only_int4":
        scales = (largest / 7)[:, None]
        return ((blocks / scales).round() * scales).view_as(weight)
    values = normal_float() if algorithm == "nf4" else float_of_four_bits()
    numbers = nearest(blocks * (1 / largest)[:, None], values)
    if second:
        mean = largest.double().mean().float()
        rest = torch.nn.functional.pad(largest - mean, (0, -largest.numel() % second)).view(-1, second)
        most = rest.abs().amax(1, keepdim=True)
        rest = nearest(rest / most, dynamic_map()) * most
        largest = rest.flatten()[: largest.numel()] + mean
    return (numbers * largest[:, None]).view_as(weight)


def make(out: Path, case: str) -> None:
    base_name, algorithm, block, second = CASES[case]
    torch.manual_seed(23)
    model = base_model(out / base_name)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".layers." in name and parameter.dim() == 2:
                parameter.copy_(round_trip(parameter, algorithm, block, second))
    config = LoraConfig(
        task_type="CAUSAL_LM", lora_dropout=0.0, init_lora_weights=False, r=4, lora_alpha=8, target_modules=ALL
    )
    model = get_peft_model(model, config).train()
    model.peft_config["default"].base_model_name_or_path = base_name
    directory = out / "qlora" / case
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    forward = lambda: run(model.get_base_model(), *pack(out / base_name))  # noqa: E731
    logits, _, _ = forward()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, **ADAMW)
    losses = []
    for _ in range(STEPS):
        _, loss_sum, num_labels = forward()
        loss = loss_sum / num_labels
        losses.append(loss.detach().double())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
    golden = {"logits": logits.detach().contiguous(), "losses": torch.stack(losses)}
    save_file(golden, directory / "golden.safetensors")
    print(case, "losses", float(losses[0]), "to", float(losses[-1]))


def make_round_trips(out: Path) -> None:
    torch.manual_seed(29)
    weight = torch.randn(8, 256) * torch.rand(8, 1)
    tensors = {"weight": weight}
    for algorithm, block, second in [
        ("nf4", 64, None),
        ("nf4", 64, 16),
        ("fp4", 64, None),
        ("weight_only_int4", 64, None),
        ("weight_only_int8", None, None),
    ]:
        tensors[algorithm + ("_double" if second else "")] = round_trip(weight, algorithm, block, second)
    save_file(tensors, out / "qlora" / "round_trips.safetensors")


if __name__ == "__main__":
    for name in CASES:
        make(Path(sys.argv[1]), name)
    make_round_trips(Path(sys.argv[1]))
