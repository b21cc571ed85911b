package dev.packtrain.pipeline.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the words inside which merges are learnt, with GPT-2's pattern (Radford et al., 2019), the one that
 * the {@code ByteLevel} pre-tokenizer applies.
 */
final class WordSplitter {
    private static final Pattern WORD = Pattern.compile(
            "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    /** Chinese text has no spaces, so a "word" can be a whole paragraph; merges are short, and learn as much from pieces. */
    private static final int MAX_CHARS = 64;

    private WordSplitter() {}

    static void split(String text, Consumer<String> words) {
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            int from = matcher.start();
            while (matcher.end() - from > MAX_CHARS) {
                int to = from + MAX_CHARS;
                to -= Character.isHighSurrogate(text.charAt(to - 1)) ? 1 : 0;
                words.accept(text.substring(from, to));
                from = to;
            }
            words.accept(text.substring(from, matcher.end()));
        }
    }
}
