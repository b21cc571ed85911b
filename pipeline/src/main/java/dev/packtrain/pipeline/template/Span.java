package dev.packtrain.pipeline.template;

/**
 * A part of a rendered dialogue that the assistant is to generate.
 *
 * @param start the first UTF-16 char
 * @param end one more than the last
 * @param message the index of the assistant's message in the dialogue
 */
public record Span(int start, int end, int message) {
    /** Checks the order. */
    public Span {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException("a span from %d to %d".formatted(start, end));
        }
    }
}
