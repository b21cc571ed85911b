"""Makes the goldens of prompt tuning, P-tuning and prefix tuning with `peft` 0.21, `transformers` (5.x) and `torch`, on the
golden models of make_decoder_goldens.py; and checks that `peft` loads what Packtrain writes.

Usage: python docs/goldens/make_prompt_goldens.py training/src/test/resources/goldens          makes prompts/
       python docs/goldens/make_prompt_goldens.py training/src/test/resources/goldens --check  loads prompts/*/ours

Per case a directory prompts/<case> with an adapter as `save_pretrained` of PEFT writes it, the tokenizer of its text if it
begins as one; to its file the tensors of the encoder are added where there is one (`prompt_encoder.*`, under PEFT's own names: PEFT saves what it makes of them only); and
golden.safetensors: `logits` of all tokens of the base's golden pack with the adapter, and `losses` of 20 steps of AdamW that go
on from the adapter, all on that pack. Every document goes through the model alone. The first token of a document is not
scored, as without virtual tokens. ours/ is the same adapter as Packtrain reads and writes it; with --check PEFT loads it,
and its logits must be those of golden.safetensors.
"""

import sys
from pathlib import Path

import torch
from make_peft_goldens import ADAMW, MAX_GRAD_NORM, STEPS, WEIGHT_DECAY, base_model, pack
from peft import PeftModel, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

LEARNING_RATE = 2e-3
CASES = {
    "prompt": ("gqa_tied", PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3)),
    "prompt_text": (
        "gqa_tied",
        PromptTuningConfig(
            task_type="CAUSAL_LM",
            num_virtual_tokens=7,
            prompt_tuning_init="TEXT",
            prompt_tuning_init_text="write , then read",
            tokenizer_name_or_path="tokenizer",
        ),
    ),
    "p_tuning_mlp": (
        "qwen2",
        PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=4, encoder_hidden_size=5),
    ),
    "p_tuning_lstm": (
        "mha_untied",
        PromptEncoderConfig(
            task_type="CAUSAL_LM",
            num_virtual_tokens=2,
            encoder_reparameterization_type="LSTM",
            encoder_hidden_size=3,
            encoder_num_layers=2,
        ),
    ),
    "prefix": ("gqa_tied", PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=5)),
    "prefix_projection": (
        "qwen3",
        PrefixTuningConfig(
            task_type="CAUSAL_LM", num_virtual_tokens=3, prefix_projection=True, encoder_hidden_size=6
        ),
    ),
}


def forward(model, directory: Path):
    """Logits of the pack's tokens, the summed loss and the number of label tokens."""
    input_ids, labels, documents = pack(directory)
    logits, loss_sum, num_labels, begin = [], 0.0, 0, 0
    for length in documents:
        ids = input_ids[begin : begin + length]
        target = labels[begin : begin + length]
        out = model(input_ids=ids[None], attention_mask=torch.ones(1, length)).logits[0, -length:]
        logits.append(out)
        if length > 1:
            loss_sum = loss_sum + torch.nn.functional.cross_entropy(
                out[:-1], target[1:], ignore_index=-100, reduction="sum"
            )
            num_labels += int((target[1:] != -100).sum())
        begin += length
    return torch.cat(logits), loss_sum, num_labels


def parameters(model):
    """Weight decay as `transformers` has it: not for biases."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for name, p in trained if "bias" not in name], "weight_decay": WEIGHT_DECAY},
        {"params": [p for name, p in trained if "bias" in name], "weight_decay": 0.0},
    ]


def write_tokenizer(directory: Path) -> None:
    """Words of the golden models' vocabulary, with a token before every text."""
    words = ["<s>", "</s>", "<unk>", "read", ",", "then", "write"]
    tokenizer = Tokenizer(models.WordLevel({word: i * 5 for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(directory)


def make(out: Path, case: str) -> None:
    base_name, config = CASES[case]
    base = out / base_name
    if case == "prompt_text":
        config.tokenizer_name_or_path = str(out / "prompts" / case / "tokenizer")
        write_tokenizer(config.tokenizer_name_or_path)
    torch.manual_seed(23)
    model = get_peft_model(base_model(base), config).train()
    model.peft_config["default"].base_model_name_or_path = base_name
    directory = out / "prompts" / case
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    encoder = model.prompt_encoder["default"]
    network = {f"prompt_encoder.{name}": tensor for name, tensor in encoder.state_dict().items()}
    if len(network) > 1:
        file = directory / "adapter_model.safetensors"
        save_file({**load_file(file), **network}, file, {"format": "pt"})
    logits, _, _ = forward(model, base)
    optimizer = torch.optim.AdamW(parameters(model), lr=LEARNING_RATE, **ADAMW)
    losses = []
    for _ in range(STEPS):
        _, loss_sum, num_labels = forward(model, base)
        loss = loss_sum / num_labels
        losses.append(loss.detach().double())
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
    save_file(
        {"logits": logits.detach().contiguous(), "losses": torch.stack(losses)}, directory / "golden.safetensors"
    )
    print(case, "losses", float(losses[0]), "to", float(losses[-1]))


def check(out: Path, case: str) -> None:
    base = out / CASES[case][0]
    directory = out / "prompts" / case
    golden = load_file(directory / "golden.safetensors")["logits"]
    model = PeftModel.from_pretrained(base_model(base), directory / "ours").eval()
    with torch.no_grad():
        logits, _, _ = forward(model, base)
        plain, _, _ = forward(base_model(base), base)
    torch.testing.assert_close(logits, golden, rtol=1e-5, atol=1e-5)
    assert (plain - golden).abs().max() > 0.1, "the adapter does nothing"
    print(case, "as Packtrain wrote it: same logits in PEFT")


if __name__ == "__main__":
    for name in CASES:
        (check if "--check" in sys.argv[2:] else make)(Path(sys.argv[1]), name)
