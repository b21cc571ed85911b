"""Trains a byte-level BPE on text files with the Hugging Face library, as BpeTrainingBenchmark does with Packtrain.

    python docs/benchmarks/peer_bpe.py text.txt [more.txt ...] [--vocab_size 8000,30000] [--rounds 3]
"""
import argparse
import os
import sys
import time

try:
    import tokenizers
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
except ImportError:
    sys.exit("peer_bpe: Python's tokenizers is not installed; pip install tokenizers")


def seconds(text, vocab_size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    start = time.perf_counter()
    tokenizer.train([text], trainer)
    return time.perf_counter() - start, tokenizer.get_vocab_size()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--vocab_size", default="8000,30000")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"tokenizers {tokenizers.__version__}, {os.environ.get('RAYON_NUM_THREADS', os.cpu_count())} threads")
    for text in options.texts:
        for wanted in map(int, options.vocab_size.split(",")):
            runs = [seconds(text, wanted) for _ in range(options.rounds)]
            took = sorted(run[0] for run in runs)[len(runs) // 2]
            print(f"{text}: {wanted} entries wanted, {runs[0][1]} learnt, {took:.2f} s (median of {len(runs)})")


if __name__ == "__main__":
    main()
