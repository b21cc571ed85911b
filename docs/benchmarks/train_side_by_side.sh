#!/usr/bin/env bash
# Training steps of Packtrain and of transformers + torch in turn, on an idle machine: for every vocabulary, number of
# documents and dtype one line for each, and the ratios.
#   PYTHON=python3 docs/benchmarks/train_side_by_side.sh [VOCAB_SIZES] [DOCUMENTS]     default: "8000 32000 128000" "16 1"
#   OPTIONS  further options of packtrain bench train, such as --use_lowprecision_moment
#   PEER_PRELOAD  a library such as libtcmalloc_minimal.so.4 that the peer's process loads first; ours takes one by itself
#   MODEL    options of both sides, such as "--hidden_size 896 --num_hidden_layers 24 --steps 3"
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -c 'import torch, transformers' 2>/dev/null || {
  echo "train_side_by_side: $python cannot import torch and transformers; install them (pip install torch transformers), or name another Python in PYTHON." >&2
  exit 2
}

for vocab in ${1:-8000 32000 128000}; do
  for documents in ${2:-16 1}; do
    for dtype in '' --bf16; do
      # shellcheck disable=SC2086
      "$root/packtrain" bench train --vocab_size "$vocab" --documents "$documents" $dtype ${MODEL:-} ${OPTIONS:-} --json "$work/ours.json" >/dev/null
      # shellcheck disable=SC2086
      LD_PRELOAD=${PEER_PRELOAD:-} "$python" "$root/docs/benchmarks/peer_transformers_step.py" --vocab_size "$vocab" --documents "$documents" $dtype ${MODEL:-} --json "$work/peer.json" >/dev/null
      "$python" - "$work/ours.json" "$work/peer.json" <<'PYTHON'
import json
import sys

ours, peer = (json.load(open(path)) for path in sys.argv[1:])
print(
    f"{ours['dtype']} vocabulary {ours['vocab_size']}, documents {ours['documents']}:"
    f" {ours['tokens_per_second']:.0f} against {peer['tokens_per_second']:.0f} tokens/s"
    f" = {ours['tokens_per_second'] / peer['tokens_per_second']:.2f}x,"
    f" {ours['peak_rss_bytes'] / 1e9:.2f} against {peer['peak_rss_bytes'] / 1e9:.2f} GB"
    f" = {ours['peak_rss_bytes'] / peer['peak_rss_bytes']:.2f}x,"
    f" {ours['share_of_limit']:.0%} of the physical limit, {ours['overhead_share']:.1%} overhead,"
    f" loader {ours['loader_share']:.3%}",
    flush=True,
)
PYTHON
    done
  done
done
