package dev.packtrain.pipeline.tokenizer;

/** {@link SplitPattern#GPT2}. */
final class Gpt2Words implements WordCutter {
    private final CodePoints table = CodePoints.table();

    @Override
    public int end(byte[] utf8, int from, int to) {
        byte first = utf8[from];
        if (first == '\'') {
            int contraction = contraction(utf8, from, to);
            return contraction > 0 ? contraction : run(utf8, from, to, CodePoints.OTHER);
        }
        int kind = table.kind(Utf8.codePoint(utf8, from));
        if (kind < CodePoints.SPACE) {
            return run(utf8, from, to, kind);
        }
        if (first == ' ' && from + 1 < to) {
            int next = table.kind(Utf8.codePoint(utf8, from + 1));
            if (next < CodePoints.SPACE) {
                return run(utf8, from + 1, to, next);
            }
        }
        return space(utf8, from, to);
    }

    /** The end of a contraction, lower case alone, or 0. */
    private static int contraction(byte[] utf8, int from, int to) {
        int left = to - from;
        if (left < 2) {
            return 0;
        }
        byte second = utf8[from + 1];
        if (second == 's' || second == 't' || second == 'm' || second == 'd') {
            return from + 2;
        }
        if (left < 3) {
            return 0;
        }
        byte third = utf8[from + 2];
        boolean two = ((second == 'r' || second == 'v') && third == 'e') || (second == 'l' && third == 'l');
        return two ? from + 3 : 0;
    }

    private int run(byte[] utf8, int from, int to, int kind) {
        int at = from;
        do {
            at += Utf8.length(utf8[at]);
        } while (at < to && table.kind(Utf8.codePoint(utf8, at)) == kind);
        return at;
    }

    /** White space, without its last character if a word follows. */
    private int space(byte[] utf8, int from, int to) {
        int at = from;
        int last = from;
        do {
            last = at;
            at += Utf8.length(utf8[at]);
        } while (at < to && table.kind(Utf8.codePoint(utf8, at)) >= CodePoints.SPACE);
        return at < to && last > from ? last : at;
    }
}
