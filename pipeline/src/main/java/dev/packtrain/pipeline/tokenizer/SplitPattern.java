package dev.packtrain.pipeline.tokenizer;

import java.util.Optional;

/** The regular expressions that have a {@link WordCutter}. */
enum SplitPattern {
    /** Of GPT-2, and of every {@code ByteLevel} pre-tokenizer with {@code use_regex}. */
    GPT2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"),

    /** Of Llama 3; OpenAI's cl100k is the same. */
    LLAMA3(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),

    /** Of Qwen 2, 2.5 and 3: every digit is a word. */
    QWEN2(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

    private static final int LLAMA3_DIGITS = 3;

    private final String regex;

    SplitPattern(String regex) {
        this.regex = regex;
    }

    /** The pattern with exactly this expression, if one has it. */
    static Optional<SplitPattern> of(String regex) {
        for (SplitPattern pattern : values()) {
            if (pattern.regex.equals(regex)) {
                return Optional.of(pattern);
            }
        }
        return Optional.empty();
    }

    /** In the syntax of the {@code Split} pre-tokenizer. */
    String regex() {
        return regex;
    }

    WordCutter cutter() {
        return switch (this) {
            case GPT2 -> new Gpt2Words();
            case LLAMA3 -> new Cl100kWords(LLAMA3_DIGITS);
            case QWEN2 -> new Cl100kWords(1);
        };
    }
}
