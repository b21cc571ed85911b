"""Makes tokenizer.json, tokenizer_config.json and golden.json with the Python library `tokenizers`."""
import json
import pathlib

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "Meet your new favourite jacket. In navy it goes with everything!",
    "类型#上衣*材质#棉*颜色#白色*风格#简约",
    "这款衬衫一上身就让人心动。精选棉面料,触感柔和。",
    "emoji 😀👩‍👩‍👧‍👦 and flags 🇨🇳, tabs\tand  double  spaces ",
    "it's 2026, we've 3.14 & <s> is text</s>",
    "é, é, ﬁ, ½ \u2028 \u00a0 \U00020000",
    "\n\n  leading\r\nlines",
]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    TEXTS * 3,
    trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
golden = [
    {
        "text": text,
        "plain": tokenizer.encode(text, add_special_tokens=False).ids,
        "special": tokenizer.encode(text).ids,
        "decoded": tokenizer.decode(tokenizer.encode(text).ids),
    }
    for text in TEXTS
]
# As files on the web often have them; they must have no effect.
tokenizer.enable_truncation(4)
tokenizer.enable_padding(length=50, pad_id=1, pad_token="</s>")
tokenizer.save(str(HERE / "tokenizer.json"))
(HERE / "tokenizer_config.json").write_text(
    json.dumps({"bos_token": "<s>", "eos_token": {"content": "</s>", "special": True}}) + "\n"
)
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
