"""Regenerates training/src/test/resources/dev/packtrain/training/optim/*.csv with PyTorch and transformers.

Run: python docs/goldens/adamw_and_schedules.py training/src/test/resources/dev/packtrain/training/optim
"""
import math
import sys
from pathlib import Path

import torch
from transformers import get_scheduler


def values(n, a, b):
    """The same pseudo-data as the test: exact in fp32."""
    return torch.tensor([((i * a + b) % 257 - 128) / 64 for i in range(n)], dtype=torch.float32)


def adamw(out):
    decayed = values(24, 37, 11).reshape(4, 6).requires_grad_()
    plain = values(5, 53, 7).requires_grad_()
    optimizer = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": 0.1}, {"params": [plain], "weight_decay": 0.0}],
        lr=0.01, betas=(0.9, 0.95), eps=1e-8, foreach=False)
    lines = ["step,grad_norm,values"]
    for step in range(1, 6):
        decayed.grad = values(24, 29 + step, step).reshape(4, 6).clone()
        plain.grad = values(5, 31 + step, 3 * step).clone()
        for group in optimizer.param_groups:
            group["lr"] = 0.01 / step
        norm = torch.nn.utils.clip_grad_norm_([decayed, plain], 1.0)
        optimizer.step()
        flat = torch.cat([decayed.detach().flatten(), plain.detach()])
        lines.append(f"{step},{norm.item():.9g}," + ",".join(f"{v:.9g}" for v in flat.tolist()))
    (out / "adamw.csv").write_text("\n".join(lines) + "\n")


def schedules(out):
    lines = ["type,warmup_steps,warmup_ratio,total_steps,rates"]
    for name in ("constant", "constant_with_warmup", "linear", "cosine"):
        for warmup, ratio, total in ((0, 0.0, 7), (3, 0.0, 10), (0, 0.25, 10), (12, 0.0, 10), (1, 0.5, 9)):
            if name == "constant" and (warmup, ratio) != (0, 0.0):
                continue  # transformers would not look at them, and Packtrain refuses them
            steps = warmup if warmup > 0 else math.ceil(total * ratio)
            parameter = torch.nn.Parameter(torch.zeros(1))
            optimizer = torch.optim.SGD([parameter], lr=3e-4)
            scheduler = get_scheduler(name, optimizer, num_warmup_steps=steps, num_training_steps=total)
            rates = []
            for _ in range(total + 1):
                rates.append(scheduler.get_last_lr()[0])
                optimizer.step()
                scheduler.step()
            lines.append(f"{name.upper()},{warmup},{ratio},{total}," + ",".join(repr(r) for r in rates))
    (out / "schedules.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    adamw(target)
    schedules(target)
