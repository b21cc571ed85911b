package dev.packtrain.pipeline.jinja;

/** What Python calls white space, which is not quite what Java does: a no-break space is one here. */
public final class WhiteSpace {
    private WhiteSpace() {}

    /** {@code str.isspace} of one character. */
    public static boolean isSpace(char c) {
        if (c <= ' ') {
            return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
        }
        return c == 0x85
                || c == 0xa0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Whether there is white space from a position to the end, and nothing else. */
    static boolean isBlank(String text, int from) {
        return from < text.length() && end(text, from, text.length()) == from;
    }

    static String stripEnd(String text) {
        return text.substring(0, end(text, 0, text.length()));
    }

    /** Where a part of a text ends without the white space at its end. */
    public static int end(String text, int from, int to) {
        int end = to;
        while (end > from && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
