"""Makes the golden models of the training tests with `transformers` (5.x) and `torch`.

Usage: python docs/goldens/make_decoder_goldens.py training/src/test/resources/goldens

Per model a directory with config.json, model.safetensors (fp32) and golden.safetensors: the packed inputs
(input_ids, labels, cu_seqlens), `logits` of all tokens, `loss_sum` in nats, and `grad.<parameter>` of
loss_sum / number of label tokens. Every document goes through the model alone, so nothing can leak between documents;
that the pack as a whole, with position_ids that restart, gives the same is checked here.

rope_scaling/ has the same for the model in mha_untied with other rotary positions: configs.json says which entries of its
config.json change, golden.safetensors has `<kind>.logits`, `<kind>.loss_sum` and some `<kind>.grad.<parameter>`.
rope_frequencies.json has the frequencies that `transformers` computes for published models.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

DOCUMENTS = [9, 1, 6]  # tokens; the one-token document predicts nothing
LLAMA = (LlamaConfig, LlamaForCausalLM)
MODELS = {
    "gqa_tied": (LLAMA, dict(hidden_size=24, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True)),
    "mqa_untied": (
        LLAMA,
        dict(hidden_size=16, num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False, head_dim=6),
    ),
    "mha_untied": (
        LLAMA,
        dict(hidden_size=16, num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=False),
    ),
    "llama_biases": (
        LLAMA,
        dict(
            vocab_size=31,
            hidden_size=16,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=True,
            attention_bias=True,
        ),
    ),
    "qwen2": (
        (Qwen2Config, Qwen2ForCausalLM),
        dict(vocab_size=31, hidden_size=16, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True),
    ),
    "qwen2_windows": (
        (Qwen2Config, Qwen2ForCausalLM),
        dict(
            vocab_size=31,
            hidden_size=16,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=True,
            use_sliding_window=True,
            sliding_window=4,
            max_window_layers=1,
        ),
    ),
    "qwen3": (
        (Qwen3Config, Qwen3ForCausalLM),
        dict(
            vocab_size=31,
            hidden_size=16,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            tie_word_embeddings=False,
        ),
    ),
    "mistral": (
        (MistralConfig, MistralForCausalLM),
        dict(
            vocab_size=31,
            hidden_size=16,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=False,
            sliding_window=3,
        ),
    ),
}


def run(model, input_ids, labels, documents):
    """Logits of every document alone, the summed loss and the number of label tokens."""
    logits, loss_sum, num_labels, begin = [], 0.0, 0, 0
    for length in documents:
        # Dynamic scaling remembers the longest sequence; a document is to know of itself only.
        model.model.rotary_emb = type(model.model.rotary_emb)(model.config)
        ids = input_ids[begin : begin + length]
        target = labels[begin : begin + length]
        out_logits = model(ids[None]).logits[0]
        logits.append(out_logits)
        if length > 1:
            loss_sum = loss_sum + torch.nn.functional.cross_entropy(
                out_logits[:-1], target[1:], ignore_index=-100, reduction="sum"
            )
            num_labels += int((target[1:] != -100).sum())
        begin += length
    return torch.cat(logits), loss_sum, num_labels


def check_pack(model, input_ids, documents, logits) -> None:
    position_ids = torch.cat([torch.arange(length) for length in documents])
    packed = model(input_ids[None], position_ids=position_ids[None], use_cache=False).logits[0]
    torch.testing.assert_close(packed, logits, rtol=1e-4, atol=1e-4)


def make(out: Path, name: str, seed: int) -> None:
    torch.manual_seed(seed)
    (config_class, model_class), shape = MODELS[name]
    config = config_class(
        **{
            "vocab_size": 47,
            "intermediate_size": 20,
            "num_hidden_layers": 2,
            "max_position_embeddings": 64,
            "initializer_range": 0.2,
            "rms_norm_eps": 1e-5,
            "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
            "attn_implementation": "eager",
            **shape,
        }
    )
    model = model_class(config).float().train()
    for parameter_name, parameter in model.named_parameters():
        if "norm" in parameter_name:  # norms start at 1; a golden should see them
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
        elif parameter_name.endswith("bias"):  # and biases at 0
            torch.nn.init.uniform_(parameter, -0.5, 0.5)
    directory = out / name
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)

    input_ids = torch.randint(0, config.vocab_size, (sum(DOCUMENTS),))
    labels = input_ids.clone()
    labels[:3] = -100  # a prompt
    labels[10] = -100  # the first token of the last document predicts nothing anyway
    logits, loss_sum, num_labels = run(model, input_ids, labels, DOCUMENTS)
    check_pack(model, input_ids, DOCUMENTS, logits)
    (loss_sum / num_labels).backward()
    golden = {
        "input_ids": input_ids.int(),
        "labels": labels.int(),
        "cu_seqlens": torch.tensor([0, *torch.tensor(DOCUMENTS).cumsum(0).tolist()]).int(),
        "logits": logits.detach(),
        "loss_sum": loss_sum.detach().double().reshape(1),
    }
    for parameter_name, parameter in model.named_parameters():
        golden["grad." + parameter_name] = parameter.grad
    save_file(golden, directory / "golden.safetensors")


LONGER = [20, 1, 7]
THETA = 500.0
NTK_FACTOR = 4.0
HEAD_DIM = 8
# What changes in config.json, in the new spelling and in the old ones.
SCALINGS = {
    "linear": {"rope_theta": THETA, "rope_scaling": {"type": "linear", "factor": 4.0}, "rope_parameters": None},
    "ntk": {"rope_theta": THETA, "rope_scaling": {"rope_type": "ntk", "factor": NTK_FACTOR}, "rope_parameters": None},
    "dynamic": {
        "max_position_embeddings": 10,
        "rope_parameters": {"rope_type": "dynamic", "rope_theta": THETA, "factor": 2.0},
    },
    "yarn": {
        "rope_theta": THETA,
        "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
        "rope_parameters": None,
    },
    "yarn_options": {
        "rope_parameters": {
            "rope_type": "yarn",
            "rope_theta": THETA,
            "factor": 2.0,
            "original_max_position_embeddings": 32,
            "beta_fast": 4.0,
            "beta_slow": 0.5,
            "mscale": 0.7,
            "mscale_all_dim": 1.3,
            "truncate": False,
        },
    },
    "llama3": {
        "rope_parameters": {
            "rope_type": "llama3",
            "rope_theta": THETA,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        },
    },
}


def make_scalings(out: Path) -> None:
    base = out / "mha_untied"
    directory = out / "rope_scaling"
    directory.mkdir(exist_ok=True)
    torch.manual_seed(9)
    input_ids = torch.randint(0, 47, (sum(LONGER),))
    golden = {
        "input_ids": input_ids.int(),
        "labels": input_ids.int(),
        "cu_seqlens": torch.tensor([0, *torch.tensor(LONGER).cumsum(0).tolist()]).int(),
    }
    for kind, changes in SCALINGS.items():
        entries = json.loads((base / "config.json").read_text())
        entries.update(changes)
        if kind == "ntk":  # transformers has no name for it, but another base is the same
            entries["rope_scaling"] = None
            entries["rope_theta"] = THETA * NTK_FACTOR ** (HEAD_DIM / (HEAD_DIM - 2))
        entries = {key: value for key, value in entries.items() if value is not None}
        config = LlamaConfig(**entries, attn_implementation="eager")
        model = LlamaForCausalLM(config).float().train()
        model.load_state_dict(load_file(base / "model.safetensors"))
        logits, loss_sum, num_labels = run(model, input_ids, input_ids.clone(), LONGER)
        if kind != "dynamic":
            check_pack(model, input_ids, LONGER, logits)
        (loss_sum / num_labels).backward()
        golden[f"{kind}.logits"] = logits.detach()
        golden[f"{kind}.loss_sum"] = loss_sum.detach().double().reshape(1)
        for projection in ("q_proj", "k_proj"):
            name = f"model.layers.0.self_attn.{projection}.weight"
            golden[f"{kind}.grad.{name}"] = dict(model.named_parameters())[name].grad
    save_file(golden, directory / "golden.safetensors")
    (directory / "configs.json").write_text(json.dumps(SCALINGS, indent=1) + "\n")


def make_frequencies(out: Path) -> None:
    """As published: Llama 3.1 and 3.2, Qwen2.5 with YaRN, Vicuna 16k, and dynamic scaling of Llama 2."""
    cases = {
        "llama-3.1-8b": (128, 131072, None, dict(
            rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=8192)),
        "llama-3.2-1b": (64, 131072, None, dict(
            rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=8192)),
        "qwen2.5-yarn": (128, 32768, None, dict(
            rope_type="yarn", rope_theta=1000000.0, factor=4.0, original_max_position_embeddings=32768)),
        "vicuna-16k": (128, 4096, None, dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
        "llama-2-dynamic-3000": (128, 4096, 3000, dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0)),
        "llama-2-dynamic-7001": (128, 4096, 7001, dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0)),
    }
    golden = {}
    for name, (head_dim, max_positions, length, rope) in cases.items():
        config = LlamaConfig(
            hidden_size=head_dim * 2,
            num_attention_heads=2,
            max_position_embeddings=max_positions,
            rope_parameters=dict(rope),
        )
        frequencies, attention_factor = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config, "cpu", seq_len=length)
        golden[name] = dict(
            head_dim=head_dim,
            max_position_embeddings=max_positions,
            length=length or 1,
            rope_parameters=rope,
            attention_factor=attention_factor,
            frequencies=frequencies.tolist(),
        )
    (out / "rope_frequencies.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    root = Path(sys.argv[1])
    for i, model_name in enumerate(MODELS):
        make(root, model_name, seed=i)
    make_scalings(root)
    make_frequencies(root)
