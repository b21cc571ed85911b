#!/usr/bin/env bash
# Two processes of one thread beside one of two threads, Packtrain and PyTorch DDP / FSDP2 in one session, on an idle machine:
# for every dtype the ratios of both and Packtrain's over the peer's.
#   PYTHON=python3 docs/benchmarks/scaling_side_by_side.sh [ROUNDS]     default: 3
#   OPTIONS  further options of both sides, such as --max_length 1024
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import torch, transformers' 2>/dev/null || {
  echo "scaling_side_by_side: $python cannot import torch and transformers; install them (pip install torch transformers), or name another Python in PYTHON." >&2
  exit 2
}

for dtype in '' --bf16; do
  uptime
  # shellcheck disable=SC2086
  "$root/packtrain" bench scaling --rounds "${1:-3}" $dtype ${OPTIONS:-} --json "$work/ours.json"
  # shellcheck disable=SC2086
  "$python" "$root/docs/benchmarks/peer_scaling.py" --rounds "${1:-3}" $dtype ${OPTIONS:-} --json "$work/peer.json"
  uptime
  "$python" - "$work/ours.json" "$work/peer.json" <<'PYTHON'
import json
import sys

ours, peer = (json.load(open(path)) for path in sys.argv[1:])
layouts = {row["layout"]: row for row in ours["layouts"]}
ways = {row["way"]: row for row in peer["ways"]}
print(f"{ours['dtype']}: one process {layouts['alone']['tokens_per_second']:.0f} against {peer['one_process_tokens_per_second']:.0f} tokens/s")
for layout, way in [("dp", "ddp"), ("stage1", "ddp"), ("stage2", "fsdp_2"), ("stage3", "fsdp_3"), ("tp2", None), ("tp2+sp", None)]:
    mine = layouts[layout]
    line = f"{layout}: {mine['tokens_per_second']:.0f} tokens/s, {mine['ratio']:.2f} of one process, {mine['communication_share']:.1%} in communication"
    if way:
        other = ways[way]
        line += (
            f"; {way} {other['tokens_per_second']:.0f} tokens/s, {other['ratio']:.2f}"
            f" -> {mine['tokens_per_second'] / other['tokens_per_second']:.2f}x the speed, {mine['ratio'] / other['ratio']:.2f}x the ratio"
        )
    print(line, flush=True)
PYTHON
done
