"""The peer's side of `packtrain bench prepare`: tokenise with `datasets.map` and pack with TRL's `bfd`.

Reads src/tgt JSONL, tokenises with the same tokenizer.json, truncates to max_length, packs.

Needs: pip install datasets tokenizers trl. Prints one JSON object.
"""

import argparse
import json
import os
import sys
import time

# The ids are wanted anew each time, not yesterday's cache.
os.environ.setdefault("HF_DATASETS_DISABLE_CACHING", "1")

try:
    import datasets
    import tokenizers
    import trl
except ImportError as missing:
    sys.exit(f"peer_prepare: {missing}; install the peer first: pip install datasets tokenizers trl")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True, help="JSONL with src and tgt")
    arguments.add_argument("--tokenizer", required=True, help="tokenizer.json")
    arguments.add_argument("--max_length", type=int, default=1024)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--json")
    options = arguments.parse_args()

    datasets.disable_caching()
    data = datasets.load_dataset("json", data_files=options.data, split="train")
    tokenizer = tokenizers.Tokenizer.from_file(options.tokenizer)
    eos = 0

    def encode(row):
        source = tokenizer.encode(row["src"]).ids
        target = tokenizer.encode(row["tgt"], add_special_tokens=False).ids + [eos]
        ids = (source + target)[: options.max_length]
        return {"input_ids": ids, "labels": ([-100] * len(source) + target)[: options.max_length]}

    start = time.perf_counter()
    encoded = data.map(encode, remove_columns=data.column_names, num_proc=options.processes)
    tokenised = time.perf_counter()
    packed = trl.pack_dataset(encoded, options.max_length, strategy="bfd")
    done = time.perf_counter()
    tokens = sum(len(ids) for ids in packed["input_ids"])
    result = {
        "peer": f"datasets {datasets.__version__}, trl {trl.__version__}, tokenizers {tokenizers.__version__}",
        "rows": len(data),
        "processes": options.processes,
        "max_length": options.max_length,
        "tokenise_seconds": tokenised - start,
        "pack_seconds": done - tokenised,
        "rows_per_second": len(data) / (done - start),
        "packs": len(packed),
        "padding_ratio": 1 - tokens / (len(packed) * options.max_length),
    }
    print(json.dumps(result))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


main()
