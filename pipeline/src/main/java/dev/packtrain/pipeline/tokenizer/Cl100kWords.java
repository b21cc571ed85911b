package dev.packtrain.pipeline.tokenizer;

/** {@link SplitPattern#LLAMA3} and {@link SplitPattern#QWEN2}, which differ in how many digits make a word. */
final class Cl100kWords implements WordCutter {
    /** The long s, which a pattern without regard to case takes for an s. */
    private static final int LONG_S = 0x17F;

    private final CodePoints table = CodePoints.table();
    private final int maxDigits;

    /** With {@code maxDigits} 1 at least. */
    Cl100kWords(int maxDigits) {
        this.maxDigits = maxDigits;
    }

    @Override
    public int end(byte[] utf8, int from, int to) {
        byte first = utf8[from];
        if (first == '\'') {
            int contraction = contraction(utf8, from, to);
            if (contraction > 0) {
                return contraction;
            }
        }
        int kind = table.kind(Utf8.codePoint(utf8, from));
        int second = from + Utf8.length(first);
        if (kind == CodePoints.LETTER) {
            return letters(utf8, second, to);
        }
        if (kind == CodePoints.NUMBER) {
            return digits(utf8, second, to);
        }
        int next = second < to ? table.kind(Utf8.codePoint(utf8, second)) : CodePoints.NEWLINE;
        if (next == CodePoints.LETTER && kind != CodePoints.NEWLINE) {
            return letters(utf8, second, to);
        }
        if (kind == CodePoints.OTHER || (first == ' ' && next == CodePoints.OTHER)) {
            return others(utf8, second, to);
        }
        return space(utf8, from, to);
    }

    /** The end of a contraction, or 0. */
    private static int contraction(byte[] utf8, int from, int to) {
        int left = to - from;
        if (left < 2) {
            return 0;
        }
        int second = utf8[from + 1] | 0x20;
        if (second == 's' || second == 't' || second == 'm' || second == 'd') {
            return from + 2;
        }
        if (left < 3) {
            return 0;
        }
        if (Utf8.codePoint(utf8, from + 1) == LONG_S) {
            return from + 3;
        }
        int third = utf8[from + 2] | 0x20;
        boolean two = ((second == 'r' || second == 'v') && third == 'e') || (second == 'l' && third == 'l');
        return two ? from + 3 : 0;
    }

    private int letters(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && table.kind(Utf8.codePoint(utf8, at)) == CodePoints.LETTER) {
            at += Utf8.length(utf8[at]);
        }
        return at;
    }

    private int digits(byte[] utf8, int from, int to) {
        int at = from;
        for (int count = 1; count < maxDigits && at < to; count++) {
            if (table.kind(Utf8.codePoint(utf8, at)) != CodePoints.NUMBER) {
                return at;
            }
            at += Utf8.length(utf8[at]);
        }
        return at;
    }

    private int others(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && table.kind(Utf8.codePoint(utf8, at)) == CodePoints.OTHER) {
            at += Utf8.length(utf8[at]);
        }
        while (at < to && (utf8[at] == '\r' || utf8[at] == '\n')) {
            at++;
        }
        return at;
    }

    /** White space up to its last line end; without one, all but the last character if a word follows. */
    private int space(byte[] utf8, int from, int to) {
        int at = from;
        int last = from;
        int lines = 0;
        int kind;
        do {
            last = at;
            at += Utf8.length(utf8[at]);
            lines = utf8[last] == '\r' || utf8[last] == '\n' ? at : lines;
            kind = at < to ? table.kind(Utf8.codePoint(utf8, at)) : CodePoints.OTHER;
        } while (kind >= CodePoints.SPACE);
        if (lines > 0) {
            return lines;
        }
        return at < to && last > from ? last : at;
    }
}
