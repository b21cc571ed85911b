package dev.packtrain.pipeline.jinja;

import java.util.Arrays;

/** Puts texts together and keeps what they remember. */
final class TextBuilder {
    /** Chars of one text. A template is data from outside, so that memory is bounded. */
    static final int MAX_LENGTH = 1 << 24;

    private final StringBuilder text = new StringBuilder();
    private int[] marks = new int[4 * Str.MARK];
    private int numMarks;

    int length() {
        return text.length();
    }

    TextBuilder append(String plain) {
        checkRoom(plain.length());
        text.append(plain);
        return this;
    }

    TextBuilder append(Str part) {
        return append(part, 0, part.text().length());
    }

    TextBuilder append(Str part, int start, int end) {
        checkRoom(end - start);
        int[] source = part.marks();
        int shift = text.length() - start;
        for (int i = 0; i < source.length; i += Str.MARK) {
            int from = Math.max(source[i], start);
            int to = Math.min(source[i + 1], end);
            if (from < to) {
                int offset = source[i + 3] == Str.CHANGED ? Str.CHANGED : source[i + 3] + from - source[i];
                mark(from + shift, to + shift, source[i + 2], offset);
            }
        }
        text.append(part.text(), start, end);
        return this;
    }

    private void checkRoom(int more) {
        if (text.length() + more > MAX_LENGTH) {
            throw new RenderException("a text is longer than %d characters".formatted(MAX_LENGTH));
        }
    }

    private void mark(int start, int end, int source, int offset) {
        if (numMarks + Str.MARK > marks.length) {
            marks = Arrays.copyOf(marks, 2 * marks.length);
        }
        marks[numMarks++] = start;
        marks[numMarks++] = end;
        marks[numMarks++] = source;
        marks[numMarks++] = offset;
    }

    Str toStr() {
        return Str.of(text.toString(), Arrays.copyOf(marks, numMarks));
    }
}
