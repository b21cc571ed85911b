package dev.packtrain.pipeline.jinja;

import java.util.List;

/** A rendered text and where it comes from. */
public final class Rendering {
    private final String text;
    private final int[] marks;
    private final List<Region> regions;
    private final List<Region> generated;

    Rendering(String text, int[] marks, List<Region> regions, List<Region> generated) {
        this.text = text;
        this.marks = marks;
        this.regions = regions;
        this.generated = generated;
    }

    /** The text. */
    public String text() {
        return text;
    }

    /** What loops over dictionaries with an origin wrote, round by round, in the order in which the rounds ended. */
    public List<Region> regions() {
        return regions;
    }

    /** What {@code generation} blocks wrote. */
    public List<Region> generated() {
        return generated;
    }

    /** How many ranges of the text were copied from inputs. They do not overlap, and stand in order. */
    public int numCopies() {
        return marks.length / Str.MARK;
    }

    /** The first char of a range. */
    public int start(int copy) {
        return marks[Str.MARK * copy];
    }

    /** One more than the last char of a range. */
    public int end(int copy) {
        return marks[Str.MARK * copy + 1];
    }

    /** The caller's number of the input. */
    public int source(int copy) {
        return marks[Str.MARK * copy + 2];
    }

    /** Where in the input the range begins, or {@link Str#CHANGED} if its chars were changed on the way. */
    public int offset(int copy) {
        return marks[Str.MARK * copy + 3];
    }
}
