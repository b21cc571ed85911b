"""What the peers of `packtrain bench train` and `packtrain bench scaling` train: one Llama on packs of equally long documents.

By default hidden 512, 8 layers, 8 heads of 64, SwiGLU 1408, always with an untied head; one pack of `max_length` tokens, in which position_ids restart
with every document and the first half of each document has no label. Imported by the scripts beside it.
"""

import torch
import transformers


def add_options(arguments):
    arguments.add_argument("--vocab_size", type=int, default=8000)
    arguments.add_argument("--hidden_size", type=int, default=512)
    arguments.add_argument("--intermediate_size", type=int, default=1408)
    arguments.add_argument("--num_hidden_layers", type=int, default=8)
    arguments.add_argument("--num_attention_heads", type=int, default=8)
    arguments.add_argument("--num_key_value_heads", type=int, default=8)
    arguments.add_argument("--head_dim", type=int, default=64)
    arguments.add_argument("--max_length", type=int, default=2048)
    arguments.add_argument("--documents", type=int, default=16)
    arguments.add_argument("--bf16", action="store_true")
    arguments.add_argument("--warmup", type=int, default=2)
    arguments.add_argument("--steps", type=int, default=5)
    arguments.add_argument("--json")


def model(options):
    config = transformers.LlamaConfig(
        vocab_size=options.vocab_size,
        hidden_size=options.hidden_size,
        intermediate_size=options.intermediate_size,
        num_hidden_layers=options.num_hidden_layers,
        num_attention_heads=options.num_attention_heads,
        num_key_value_heads=options.num_key_value_heads,
        head_dim=options.head_dim,
        max_position_embeddings=options.max_length,
        tie_word_embeddings=False,
    )
    llama = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    return (llama.to(torch.bfloat16) if options.bf16 else llama).train()


def pack(options):
    """input_ids, position_ids and labels of one pack, as keyword arguments of the model."""
    length = options.max_length // options.documents
    ids = torch.randint(0, options.vocab_size, (1, options.max_length))
    positions = torch.arange(length).repeat(options.documents).unsqueeze(0)
    labels = ids.clone()
    labels[positions < length // 2] = -100
    return {"input_ids": ids, "position_ids": positions, "labels": labels}


def peer():
    return f"transformers {transformers.__version__}, torch {torch.__version__}"
