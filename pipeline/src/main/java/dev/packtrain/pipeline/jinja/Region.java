package dev.packtrain.pipeline.jinja;

/**
 * A part of a rendered text.
 *
 * @param origin the number of the dictionary that a loop was at when this was written, {@link Dict#NUMBERED_ROUND} or {@link Dict#NO_ORIGIN}
 * @param start the first UTF-16 char
 * @param end one more than the last
 */
public record Region(int origin, int start, int end) {}
