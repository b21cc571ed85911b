package dev.packtrain.pipeline.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Compares the way in Java with the Hugging Face library on as many texts as one likes; {@link TokenizerFuzzTest} runs
 * it on any file.
 */
final class TokenizerFuzz implements AutoCloseable {
    /** Of so many texts one is compared with its offsets. */
    private static final int OFFSETS_EVERY = 4;

    private final Tokenizer own;
    private final HuggingFaceTokenizer library;
    private final FuzzTexts texts;

    /** With a file that the way in Java takes. */
    TokenizerFuzz(TokenizerFiles files, long seed, String realText) {
        this.own = Tokenizers.load(files, null);
        this.library = HuggingFaceTokenizer.load(files, null);
        if (own instanceof HuggingFaceTokenizer) {
            throw new IllegalArgumentException("nothing to compare: " + own.description());
        }
        List<String> tokens = new ArrayList<>();
        for (int id = 0; id < own.vocabSize(); id++) {
            String token = library.decode(new int[] {id}, false);
            if (!token.isEmpty() && token.indexOf('\ufffd') < 0) {
                tokens.add(token);
            }
        }
        this.texts = new FuzzTexts(seed, tokens, realText);
    }

    /** The first text of so many whose tokens or offsets differ. */
    Optional<String> firstDifference(long count) {
        for (long i = 0; i < count; i++) {
            String text = texts.next();
            boolean special = (i & 1) == 0;
            int[] ids = own.encode(text, special);
            boolean same = Arrays.equals(ids, library.encode(text, special));
            if (same && i % OFFSETS_EVERY == 0 && isWellFormed(text)) {
                TokenOffsets got = own.encodeWithOffsets(text, special);
                TokenOffsets wanted = library.encodeWithOffsets(text, special);
                same = Arrays.equals(got.ids(), ids)
                        && Arrays.equals(got.starts(), wanted.starts())
                        && Arrays.equals(got.ends(), wanted.ends());
            }
            if (!same) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    private static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    @Override
    public void close() {
        own.close();
        library.close();
    }

    /** A text in ASCII, as a Java string literal would have it. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars()
                .forEach(c -> escaped.append(c >= ' ' && c < 127 ? String.valueOf((char) c) : "\\u%04x".formatted(c)));
        return escaped.toString();
    }
}
