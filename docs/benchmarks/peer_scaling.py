"""The peer's side of `packtrain bench scaling`: the same model and packs under PyTorch DDP and FSDP2 over Gloo, on the CPU.

The model is that of peer_llama.py, a step trains on `--packs` packs (the global batch). Measured are one process
with 2 threads, and 2 processes with 1 thread each:
  ddp      DistributedDataParallel, gradients as views of its buckets
  fsdp_2   fully_shard of every layer and of the rest, weights kept gathered between forward and backward (as ZeRO-2)
  fsdp_3   the same, gathered once more for the backward pass (as ZeRO-3)
with a fused AdamW and clipping, each in processes of its own; a round measures all of them in turn, and a ratio is that to
the one process of the same round. Processes that share a machine talk over its loopback device.

Needs: pip install torch transformers. Prints one line a way and round, then a JSON object of the medians.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time

try:
    import torch
    import torch.distributed as dist

    import peer_llama
except ImportError as missing:
    sys.exit(f"peer_scaling: {missing}; install the peer first: pip install torch transformers")

WAYS = ["ddp", "fsdp_2", "fsdp_3"]


def options():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peer_llama.add_options(arguments)
    arguments.add_argument("--packs", type=int, default=2, help="of a step, over all processes")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--ways", default=",".join(WAYS))
    arguments.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--world_size", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--way", help=argparse.SUPPRESS)
    arguments.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    return arguments.parse_args()


def spread(model, settings):
    if settings.way == "ddp":
        return torch.nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True)
    if settings.way.startswith("fsdp"):
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        mesh = init_device_mesh("cpu", (settings.world_size,))
        again = settings.way == "fsdp_3"
        for layer in model.model.layers:
            fully_shard(layer, mesh=mesh, reshard_after_forward=again)
        fully_shard(model, mesh=mesh, reshard_after_forward=again)
    return model


def rank(settings):
    """One process: times its steps and, as rank 0, prints the median."""
    torch.set_num_threads(settings.threads)
    torch.manual_seed(42)
    if settings.world_size > 1:
        dist.init_process_group("gloo", rank=settings.rank, world_size=settings.world_size)
    model = spread(peer_llama.model(settings), settings)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    pack = peer_llama.pack(settings)
    passes = settings.packs // settings.world_size
    seconds = []
    for step in range(settings.warmup + settings.steps):
        start = time.perf_counter()
        for number in range(passes):
            last = number == passes - 1
            if settings.way == "ddp":
                model.require_backward_grad_sync = last
            elif settings.world_size > 1:
                model.set_requires_gradient_sync(last)
            output = model(**pack, use_cache=False)
            (output.loss / passes).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step >= settings.warmup:
            seconds.append(time.perf_counter() - start)
    if settings.rank == 0:
        print(statistics.median(seconds))
    if settings.world_size > 1:
        dist.destroy_process_group()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure(settings, way, world_size, threads):
    """Tokens a second of one way, in processes of its own."""
    environment = dict(
        os.environ,
        MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(free_port()),
        GLOO_SOCKET_IFNAME="lo",
        OMP_NUM_THREADS=str(threads),
    )
    children = [
        subprocess.Popen(
            [sys.executable, __file__, *sys.argv[1:]]
            + ["--rank", str(number), "--world_size", str(world_size), "--way", way, "--threads", str(threads)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(world_size)
    ]
    outputs = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        sys.exit(f"peer_scaling: {way} failed, see above")
    return settings.packs * settings.max_length / float(outputs[0].split()[-1])


def main():
    settings = options()
    if settings.rank is not None:
        rank(settings)
        return
    alone, ratios, speeds = [], {}, {}
    for number in range(settings.rounds):
        alone.append(measure(settings, "alone", 1, 2))
        print(f"round {number + 1}: one process, 2 threads {alone[-1]:.0f} tokens/s", flush=True)
        for way in settings.ways.split(","):
            speed = measure(settings, way, 2, 1)
            speeds.setdefault(way, []).append(speed)
            ratios.setdefault(way, []).append(speed / alone[-1])
            print(f"round {number + 1}: {way} {speed:.0f} tokens/s = {speed / alone[-1]:.2f}x", flush=True)
    result = {
        "peer": peer_llama.peer(),
        "dtype": "bf16" if settings.bf16 else "fp32",
        "rounds": settings.rounds,
        "one_process_tokens_per_second": statistics.median(alone),
        "ways": [
            {
                "way": way,
                "tokens_per_second": statistics.median(speeds[way]),
                "ratio": statistics.median(ratios[way]),
            }
            for way in ratios
        ],
    }
    print(json.dumps(result))
    if settings.json:
        with open(settings.json, "w") as file:
            json.dump(result, file, indent=2)


main()
