"""The peer's side of `packtrain bench attention`: torch's scaled_dot_product_attention on the CPU.

One layer of `--heads` heads of `--head_dim` over `--max_length` tokens, in fp32 and bf16, forward and forward + backward:
causal; full; and `--documents` causal documents, once with a dense mask over the whole pack (what transformers builds for
a pack) and once with one causal call a document. Each round measures the product of two 2048 x 2048 matrices too, so that
shares of its rate can be compared with Packtrain's, whatever slows the machine down meanwhile.

Needs: pip install torch. Prints a table, and with --json one JSON object.
"""

import argparse
import json
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    sys.exit(f"peer_attention: {missing}; install the peer first: pip install torch")

MATMUL = 2048


def heads(options, dtype):
    shape = (1, options.heads, options.max_length, options.head_dim)
    return [torch.randn(shape).to(dtype).requires_grad_(True) for _ in range(3)]


def dense_mask(documents, dtype):
    """Zero where a token sees a key, minus infinity elsewhere: [1, 1, T, T]."""
    number = torch.repeat_interleave(torch.arange(len(documents)), torch.tensor(documents))
    visible = (number.unsqueeze(1) == number.unsqueeze(0)).tril()
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, float("-inf"))
    return mask.unsqueeze(0).unsqueeze(0)


def workloads(options, dtype):
    """Name, attention as a function of q, k, v, and the scores that it cannot do without."""
    tokens, count = options.max_length, options.documents
    bounds = [tokens * d // count for d in range(count + 1)]
    documents = [bounds[d + 1] - bounds[d] for d in range(count)]
    packed = sum(n * (n + 1) // 2 for n in documents)
    mask = dense_mask(documents, dtype)

    def each_alone(q, k, v):
        pieces = [F.scaled_dot_product_attention(q[:, :, a:b], k[:, :, a:b], v[:, :, a:b], is_causal=True)
                  for a, b in zip(bounds, bounds[1:])]
        return torch.cat(pieces, 2)

    return [
        ("causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), tokens * (tokens + 1) // 2),
        ("full", F.scaled_dot_product_attention, tokens * tokens),
        (f"{count} documents, dense mask", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=mask), packed),
        (f"{count} documents, a call each", each_alone, packed),
    ]


clock = time.perf_counter


def timed(body):
    start = clock()
    body()
    return clock() - start


def measure(options, dtype, name):
    q, k, v = heads(options, dtype)
    gradient = torch.randn(q.shape).to(dtype)
    a, b = (torch.randn(MATMUL, MATMUL).to(dtype) for _ in range(2))
    works = workloads(options, dtype)
    forward = {work: [] for work, _, _ in works}
    both = {work: [] for work, _, _ in works}
    rates = []

    def forward_only(attend):
        with torch.no_grad():
            attend(q, k, v)

    def forward_backward(attend):
        attend(q, k, v).backward(gradient)
        q.grad = k.grad = v.grad = None

    for count in range(-1, options.rounds):
        rate = 2 * MATMUL**3 / timed(lambda: torch.mm(a, b))
        for work, attend, _ in works:
            seconds = timed(lambda: forward_only(attend)), timed(lambda: forward_backward(attend))
            if count >= 0:
                forward[work].append(seconds[0])
                both[work].append(seconds[1])
        if count >= 0:
            rates.append(rate)
    rows = []
    for work, _, visible in works:
        flops = 4 * visible * options.heads * options.head_dim
        rows.append({
            "mask": work,
            "dtype": name,
            "fwd_ms": 1e3 * statistics.median(forward[work]),
            "fwd_gflops": flops / statistics.median(forward[work]) / 1e9,
            "fwd_of_mm": statistics.median(flops / s / r for s, r in zip(forward[work], rates)),
            "both_ms": 1e3 * statistics.median(both[work]),
            "both_gflops": 3.5 * flops / statistics.median(both[work]) / 1e9,
            "both_of_mm": statistics.median(3.5 * flops / s / r for s, r in zip(both[work], rates)),
        })
    return statistics.median(rates) / 1e9, rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--max_length", type=int, default=2048)
    arguments.add_argument("--heads", type=int, default=8)
    arguments.add_argument("--head_dim", type=int, default=64)
    arguments.add_argument("--documents", type=int, default=16)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--json")
    arguments.add_argument("--processor_time", action="store_true",
                           help="count the processor time of one thread, for a machine that is busy with other things")
    options = arguments.parse_args()
    if options.processor_time:
        if options.threads != 1:
            sys.exit(f"peer_attention: --processor_time counts one thread, and --threads is {options.threads}; set it to 1.")
        global clock
        clock = time.process_time

    torch.set_num_threads(options.threads)
    torch.manual_seed(42)
    result = {"peer": f"torch {torch.__version__}", "threads": options.threads, "rounds": options.rounds, "rows": []}
    for dtype, name in (torch.float32, "fp32"), (torch.bfloat16, "bf16"):
        rate, rows = measure(options, dtype, name)
        result[f"{name}_matmul_gflops"] = rate
        result["rows"] += rows
    print(result["peer"], *(f"{key} {result[key]:.4g}" for key in ("fp32_matmul_gflops", "bf16_matmul_gflops")))
    for row in result["rows"]:
        print(f"{row['mask']:28} {row['dtype']}  fwd {row['fwd_ms']:8.2f} ms {row['fwd_gflops']:6.0f} GFLOP/s"
              f" {row['fwd_of_mm']:6.1%}  both {row['both_ms']:8.2f} ms {row['both_gflops']:6.0f} GFLOP/s"
              f" {row['both_of_mm']:6.1%}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
