package dev.packtrain.pipeline.tokenizer;

/** A text as UTF-8, in arrays that are kept from text to text. For one thread. */
final class TextBytes {
    private static final int MIN_CHARS = 1024;
    private static final int BYTES_A_CHAR = 3;

    private final CodePoints table = CodePoints.table();
    private char[] chars = new char[MIN_CHARS];
    private byte[] utf8 = new byte[BYTES_A_CHAR * MIN_CHARS + Utf8.PADDING];
    private int length;
    private boolean normal;

    /** The bytes, of which {@link #length} count. */
    byte[] utf8() {
        return utf8;
    }

    int length() {
        return length;
    }

    /** Whether form C leaves any text of these characters alone; asked for when the text was set. */
    boolean isInert() {
        return normal;
    }

    /** Gives up arrays that are larger than for this many chars. */
    void shrink(int numChars) {
        if (chars.length > numChars || utf8.length > BYTES_A_CHAR * numChars + Utf8.PADDING) {
            chars = new char[MIN_CHARS];
            utf8 = new byte[BYTES_A_CHAR * MIN_CHARS + Utf8.PADDING];
        }
    }

    /**
     * Takes a text.
     *
     * @param checkInert whether {@link #isInert} is wanted
     * @return whether the text has no lone surrogates, without which there is no UTF-8
     */
    boolean set(String text, boolean checkInert) {
        int numChars = text.length();
        if (numChars > chars.length || utf8.length < BYTES_A_CHAR * numChars + Utf8.PADDING) {
            int grown = Math.max(numChars, Math.min(2 * chars.length, 1 << 20));
            chars = new char[grown];
            utf8 = new byte[Math.addExact(Math.multiplyExact(BYTES_A_CHAR, grown), Utf8.PADDING)];
        }
        text.getChars(0, numChars, chars, 0);
        int seen = 0;
        int to = 0;
        int from = 0;
        while (from < numChars) {
            char c = chars[from];
            if (c < 0x80) {
                utf8[to++] = (byte) c;
                from++;
            } else if (!Character.isSurrogate(c)) {
                to = put(c, to);
                seen |= checkInert ? table.normalisation(c) : 0;
                from++;
            } else {
                if (from + 1 == numChars || !Character.isSurrogatePair(c, chars[from + 1])) {
                    return false;
                }
                int codePoint = Character.toCodePoint(c, chars[from + 1]);
                to = putFour(codePoint, to);
                seen |= checkInert ? table.normalisation(codePoint) : 0;
                from += 2;
            }
        }
        length = to;
        normal = seen == 0;
        return true;
    }

    /** Takes a stretch of another text with a space before it. */
    void setWithSpace(byte[] other, int from, int to) {
        int bytes = to - from + 1;
        if (bytes + Utf8.PADDING > utf8.length) {
            utf8 = new byte[bytes + Utf8.PADDING];
        }
        utf8[0] = ' ';
        System.arraycopy(other, from, utf8, 1, to - from);
        length = bytes;
    }

    private int put(char c, int to) {
        if (c < 0x800) {
            utf8[to] = (byte) (0xC0 | (c >> 6));
            utf8[to + 1] = (byte) (0x80 | (c & 0x3F));
            return to + 2;
        }
        utf8[to] = (byte) (0xE0 | (c >> 12));
        utf8[to + 1] = (byte) (0x80 | ((c >> 6) & 0x3F));
        utf8[to + 2] = (byte) (0x80 | (c & 0x3F));
        return to + 3;
    }

    private int putFour(int codePoint, int to) {
        utf8[to] = (byte) (0xF0 | (codePoint >> 18));
        utf8[to + 1] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
        utf8[to + 2] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
        utf8[to + 3] = (byte) (0x80 | (codePoint & 0x3F));
        return to + 4;
    }

    /** For each byte of a text without lone surrogates the char it belongs to; then the length in chars. */
    int[] charsOfBytes() {
        int[] charOf = new int[length + 1];
        int at = 0;
        int numChars = 0;
        while (at < length) {
            int bytes = Utf8.length(utf8[at]);
            for (int i = 0; i < bytes; i++) {
                charOf[at + i] = numChars;
            }
            at += bytes;
            numChars += bytes == 4 ? 2 : 1;
        }
        charOf[length] = numChars;
        return charOf;
    }
}
