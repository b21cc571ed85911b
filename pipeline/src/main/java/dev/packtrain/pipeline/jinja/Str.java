package dev.packtrain.pipeline.jinja;

/**
 * A text that remembers which of its characters were copied from an input. Two texts are equal if their characters are.
 * Lengths and indices are UTF-16 chars here; Python's code points are the business of {@link TextMethods}.
 */
public final class Str implements Value {
    /** The offset of a range whose characters were changed on the way, so that they no longer stand for single ones. */
    public static final int CHANGED = -1;

    /** Ints per range in the marks. */
    static final int MARK = 4;

    private static final int[] UNMARKED = {};

    /** The empty text. */
    public static final Str EMPTY = new Str("", UNMARKED, false);

    private final String text;
    private final int[] marks;
    private final boolean safe;

    private Str(String text, int[] marks, boolean safe) {
        this.text = text;
        this.marks = marks;
        this.safe = safe;
    }

    static Str of(String text, int[] marks) {
        return new Str(text, marks, false);
    }

    /** A text from nowhere. */
    public static Str of(String text) {
        return new Str(text, UNMARKED, false);
    }

    /** A text from an input that the caller knows by a number. */
    public static Str from(String text, int source) {
        return text.isEmpty() ? EMPTY : new Str(text, new int[] {0, text.length(), source, 0}, false);
    }

    /** The characters. */
    public String text() {
        return text;
    }

    /** Ranges of copied characters in order, four ints each: start, end, source, offset in the source or {@link #CHANGED}. */
    int[] marks() {
        return marks;
    }

    /** Whether the filter {@code safe} made it, so that Python would escape what is added to it. */
    boolean isSafe() {
        return safe;
    }

    Str asSafe() {
        return new Str(text, marks, true);
    }

    Str asPlain() {
        return safe ? new Str(text, marks, false) : this;
    }

    Str sub(int start, int end) {
        if (start == 0 && end == text.length()) {
            return this;
        }
        if (marks.length == 0) {
            return of(text.substring(start, end));
        }
        return new TextBuilder().append(this, start, end).toStr();
    }

    /** Another text made of this one's characters: still this one's inputs, but no longer character by character. */
    Str changedTo(String changed) {
        if (marks.length == 0 || changed.isEmpty()) {
            return of(changed);
        }
        if (changed.equals(text)) {
            return this;
        }
        if (changed.length() == text.length()) {
            int[] same = marks.clone();
            for (int i = 0; i < same.length; i += MARK) {
                same[i + 3] = CHANGED;
            }
            return of(changed, same);
        }
        return of(changed, new int[] {0, changed.length(), marks[2], CHANGED});
    }

    @Override
    public boolean isTrue() {
        return !text.isEmpty();
    }

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Str str && text.equals(str.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
