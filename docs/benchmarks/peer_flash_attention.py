"""The peer's side of native/src/test/sh/gpu-kernels.sh: FlashAttention-2 of torch, on the same shapes, on a GPU.

Causal attention of one sequence and of packed documents (bounds, one call), bf16, forward and backward, timed with CUDA events: best
of five means after a warm-up. Floating-point operations are counted alike: 4 D for each pair of row and key that is seen forward, 10 D
backward.

Needs: pip install torch, and an NVIDIA GPU of compute capability 8.0 or newer.
"""

import sys

try:
    import torch
except ImportError as missing:
    sys.exit(f"peer_flash_attention: {missing}; install the peer first: pip install torch")


def best(run):
    for _ in range(3):
        run()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def mean(runs):
        begin.record()
        for _ in range(runs):
            run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / runs

    once = mean(5)
    runs = int(min(200, max(5, 100 / once)))
    return min([once] + [mean(runs) for _ in range(5)])


def time_shape(name, lengths, heads, groups, d):
    tokens = sum(lengths)
    q, grad_o = (torch.randn(tokens, heads, d, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    k, v = (torch.randn(tokens, groups, d, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    bounds = torch.tensor([0] + lengths, device="cuda").cumsum(0).to(torch.int32)
    longest = max(lengths)

    def forward():
        return torch.ops.aten._flash_attention_forward(
            q, k, v, bounds, bounds, longest, longest, 0.0, True, False, scale=d**-0.5
        )

    o, log_sum, state, unused, _ = forward()

    def backward():
        return torch.ops.aten._flash_attention_backward(
            grad_o, q, k, v, o, log_sum, bounds, bounds, longest, longest, 0.0, True, state, unused, scale=d**-0.5
        )

    pairs = sum(n * (n + 1) // 2 for n in lengths) * heads * d
    forward_ms, backward_ms = best(forward), best(backward)
    print(
        f"{name:24} {tokens:6} {heads:3}/{groups:<3} {d:4} {forward_ms:10.3f} {4 * pairs / forward_ms * 1e-9:8.0f}"
        f" {backward_ms:10.3f} {10 * pairs / backward_ms * 1e-9:8.0f}"
    )


def main():
    if not torch.cuda.is_available():
        sys.exit("peer_flash_attention: torch sees no CUDA GPU on this machine; run it where nvidia-smi shows one")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"{'bf16':24} tokens heads      d    forward  TFLOP/s   backward  TFLOP/s")
    for d in (128, 64):
        heads = 2048 // d
        for tokens in (2048, 4096, 8192, 16384):
            time_shape("causal", [tokens], heads, heads, d)
        time_shape("causal, groups of 4", [8192], heads, heads // 4, d)
        for length in (128, 512, 2048):
            time_shape(f"documents of {length}", [length] * (16384 // length), heads, heads, d)


if __name__ == "__main__":
    main()
