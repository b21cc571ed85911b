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
    arguments.add_argument("--max_length", default="1024", help="one length, or several with commas: the rows are tokenised once")
    arguments.add_argument("--batched", action="store_true", help="map over batches of 1,000 rows (encode_batch)")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--json")
    options = arguments.parse_args()

    datasets.disable_caching()
    data = datasets.load_dataset("json", data_files=options.data, split="train")
    tokenizer = tokenizers.Tokenizer.from_file(options.tokenizer)
    eos = 0

    lengths = [int(length) for length in options.max_length.split(",")]

    def join(source, target):
        ids = (source + target)[: max(lengths)]
        return ids, ([-100] * len(source) + target)[: max(lengths)]

    def encode(row):
        source = tokenizer.encode(row["src"]).ids
        target = tokenizer.encode(row["tgt"], add_special_tokens=False).ids + [eos]
        ids, labels = join(source, target)
        return {"input_ids": ids, "labels": labels}

    def encode_batch(rows):
        sources = tokenizer.encode_batch(rows["src"])
        targets = tokenizer.encode_batch(rows["tgt"], add_special_tokens=False)
        pairs = [join(source.ids, target.ids + [eos]) for source, target in zip(sources, targets)]
        return {"input_ids": [ids for ids, _ in pairs], "labels": [labels for _, labels in pairs]}

    start = time.perf_counter()
    encoded = data.map(
        encode_batch if options.batched else encode,
        batched=options.batched,
        remove_columns=data.column_names,
        num_proc=options.processes,
    )
    tokenised = time.perf_counter() - start
    result = {
        "peer": f"datasets {datasets.__version__}, trl {trl.__version__}, tokenizers {tokenizers.__version__}",
        "rows": len(data),
        "processes": options.processes,
        "batched": options.batched,
        "tokenise_seconds": tokenised,
        "tokenise_rows_per_second": len(data) / tokenised,
        "packed": [],
    }
    for length in lengths:
        start = time.perf_counter()
        packed = trl.pack_dataset(encoded, length, strategy="bfd")
        seconds = time.perf_counter() - start
        tokens = sum(len(ids) for ids in packed["input_ids"])
        result["packed"].append(
            {
                "max_length": length,
                "pack_seconds": seconds,
                "rows_per_second": len(data) / (tokenised + seconds),
                "packs": len(packed),
                "padding_ratio": 1 - tokens / (len(packed) * length),
            }
        )
    print(json.dumps(result))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=2)


main()
