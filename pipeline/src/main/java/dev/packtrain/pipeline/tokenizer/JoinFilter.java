package dev.packtrain.pipeline.tokenizer;

/**
 * Which two neighbouring characters some token of the vocabulary spans. Between two others a word can be cut without
 * changing its tokens if both are firm ({@link Characters}): a merge makes a token, so none ever reaches across such a
 * place, and what is left of it and what is right of it merge as if they stood alone. Chinese has no spaces, so its words
 * are whole clauses and never come again; their pieces do.
 *
 * <p>Says "may be spanned" for pairs that share a bit with one that is: then a piece is longer than it had to be.
 */
final class JoinFilter {
    private static final int BITS = 19;
    private static final int MULTIPLIER = 0x9E3779B1;

    private final long[] filter = new long[1 << (BITS - 6)];

    /** Notes the places that a token spans. */
    void add(byte[] token) {
        for (int at = 1; at < token.length; at++) {
            if (isStart(token[at])) {
                span(token, at);
            }
        }
    }

    private static boolean isStart(byte b) {
        return (b & 0xC0) != 0x80;
    }

    private void span(byte[] token, int right) {
        int left = right - 1;
        while (left > 0 && !isStart(token[left])) {
            left--;
        }
        boolean whole = isStart(token[left])
                && left + Utf8.length(token[left]) == right
                && right + Utf8.length(token[right]) <= token.length;
        for (int at = right + 1; whole && at < right + Utf8.length(token[right]); at++) {
            whole = !isStart(token[at]);
        }
        if (whole) {
            int bit = bit(Utf8.codePoint(token, left), Utf8.codePoint(token, right));
            filter[bit >>> 6] |= 1L << bit;
        }
    }

    private static int bit(int left, int right) {
        return (((left * 0x85EBCA77) ^ (right * MULTIPLIER) ^ (right << 7)) * MULTIPLIER) >>> (Integer.SIZE - BITS);
    }

    /** Whether a token may span the place between two characters, both whole. */
    boolean joins(int left, int right) {
        int bit = bit(left, right);
        return (filter[bit >>> 6] & (1L << bit)) != 0;
    }
}
