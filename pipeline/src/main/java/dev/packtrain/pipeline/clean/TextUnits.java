package dev.packtrain.pipeline.clean;

import java.lang.Character.UnicodeScript;
import java.util.Arrays;

/**
 * A text as units: words, and of scripts that put no spaces between words single characters. Punctuation and symbols
 * only separate. Each unit is kept as a 64-bit hash.
 */
final class TextUnits {
    private final long[] hashes;
    private final boolean[] characters;

    private TextUnits(long[] hashes, boolean[] characters) {
        this.hashes = hashes;
        this.characters = characters;
    }

    /** Cuts a text. */
    static TextUnits of(String text) {
        Builder builder = new Builder();
        int wordStart = -1;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            int end = at + Character.charCount(c);
            boolean alone = standsAlone(c);
            boolean inWord = !alone && isOfWord(c);
            if (!inWord && wordStart >= 0) {
                builder.add(text, wordStart, at, false);
                wordStart = -1;
            }
            if (alone) {
                builder.add(text, at, end, true);
            } else if (inWord && wordStart < 0) {
                wordStart = at;
            }
            at = end;
        }
        if (wordStart >= 0) {
            builder.add(text, wordStart, text.length(), false);
        }
        return new TextUnits(
                Arrays.copyOf(builder.hashes, builder.size), Arrays.copyOf(builder.characters, builder.size));
    }

    private static boolean isOfWord(int c) {
        int type = Character.getType(c);
        return Character.isLetterOrDigit(c)
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    private static boolean standsAlone(int c) {
        if (c < 0x0E00 || !Character.isLetter(c)) {
            return false;
        }
        UnicodeScript script = UnicodeScript.of(c);
        return script == UnicodeScript.HAN
                || script == UnicodeScript.HIRAGANA
                || script == UnicodeScript.KATAKANA
                || script == UnicodeScript.THAI
                || script == UnicodeScript.LAO
                || script == UnicodeScript.KHMER
                || script == UnicodeScript.MYANMAR;
    }

    int size() {
        return hashes.length;
    }

    /** Whether a unit is a single character of a script without spaces. */
    boolean isCharacter(int unit) {
        return characters[unit];
    }

    /** Of units {@code from} to {@code to - 1} in order. */
    long hash(int from, int to) {
        long hash = (long) to - from;
        for (int i = from; i < to; i++) {
            hash = Mix64.mix(hash ^ hashes[i]);
        }
        return hash;
    }

    private static final class Builder {
        private long[] hashes = new long[64];
        private boolean[] characters = new boolean[64];
        private int size;

        void add(String text, int from, int to, boolean character) {
            if (size == hashes.length) {
                hashes = Arrays.copyOf(hashes, 2 * size);
                characters = Arrays.copyOf(characters, 2 * size);
            }
            hashes[size] = Mix64.hash(text, from, to);
            characters[size++] = character;
        }
    }
}
