package dev.packtrain.pipeline.tokenizer;

/**
 * Where a word can be cut without changing its tokens: between two characters that no token of the vocabulary spans. A
 * merge makes a token, so none ever reaches across such a place, and what is left of it and what is right of it merge as
 * if they stood alone. Chinese has no spaces, so its words are whole clauses and never come again; their pieces do.
 *
 * <p>Says "may be spanned" for pairs that share a bit with one that is: then a piece is longer than it had to be. Only
 * characters of two or three bytes are looked at; next to others nothing is cut. A token may also start or end with a
 * part of a character; then the whole class of characters with that part counts as spanned.
 */
final class JoinFilter {
    private static final int WHOLE_BITS = 19;
    private static final int PART_BITS = 12;
    private static final int MULTIPLIER = 0x9E3779B1;

    private final long[] wholes = new long[1 << (WHOLE_BITS - 6)];
    /** Tokens that start within the left character: its last byte, and the right character. */
    private final long[] leftParts = new long[1 << (PART_BITS - 6)];
    /** Tokens that end within the right character: the left character, and the right one's first byte. */
    private final long[] rightParts = new long[1 << (PART_BITS - 6)];
    /** Tokens that do both: a last byte and a first byte. */
    private final long[] bothParts = new long[1 << (PART_BITS - 6)];

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
        boolean leftWhole = isStart(token[left]) && left + Utf8.length(token[left]) == right;
        boolean rightWhole = right + Utf8.length(token[right]) <= token.length;
        for (int at = right + 1; rightWhole && at < right + Utf8.length(token[right]); at++) {
            rightWhole = !isStart(token[at]);
        }
        if (leftWhole && rightWhole) {
            set(wholes, WHOLE_BITS, Utf8.codePoint(token, left), Utf8.codePoint(token, right));
        } else if (rightWhole) {
            set(leftParts, PART_BITS, token[right - 1], Utf8.codePoint(token, right));
        } else if (leftWhole) {
            set(rightParts, PART_BITS, Utf8.codePoint(token, left), token[right]);
        } else {
            set(bothParts, PART_BITS, token[right - 1], token[right]);
        }
    }

    private static int hash(int left, int right, int bits) {
        return (((left * 0x85EBCA77) ^ (right * MULTIPLIER) ^ (right << 7)) * MULTIPLIER) >>> (Integer.SIZE - bits);
    }

    private static void set(long[] filter, int bits, int left, int right) {
        int bit = hash(left, right, bits);
        filter[bit >>> 6] |= 1L << bit;
    }

    private static boolean has(long[] filter, int bits, int left, int right) {
        int bit = hash(left, right, bits);
        return (filter[bit >>> 6] & (1L << bit)) != 0;
    }

    /**
     * The first place within a word at which it can be cut.
     *
     * @return the place, after {@code from}, or {@code to} if there is none
     */
    int cut(byte[] utf8, int from, int to) {
        int at = from;
        int left = 0;
        while (at < to) {
            byte lead = utf8[at];
            if (lead >= 0 || lead >= (byte) 0xF0) {
                left = 0;
                at += Utf8.length(lead);
                continue;
            }
            int right = Utf8.codePoint(utf8, at);
            if (left != 0 && !joins(left, utf8[at - 1], right, lead)) {
                return at;
            }
            left = right;
            at += lead < (byte) 0xE0 ? 2 : 3;
        }
        return to;
    }

    private boolean joins(int left, byte last, int right, byte lead) {
        return has(wholes, WHOLE_BITS, left, right)
                || has(leftParts, PART_BITS, last, right)
                || has(rightParts, PART_BITS, left, lead)
                || has(bothParts, PART_BITS, last, lead);
    }
}
