package dev.packtrain.pipeline.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * One rendering: where its text goes, what it may still spend, and which parts of its text belong to what. A template is
 * data from outside, so that time and memory are bounded.
 */
final class Execution {
    /** Rounds of all loops together. */
    private static final int MAX_ROUNDS = 1_000_000;

    /** Macros that call macros. */
    private static final int MAX_DEPTH = 100;

    /** Characters and items of one value. */
    private static final int MAX_LENGTH = TextBuilder.MAX_LENGTH;

    /** Characters and items of all values together. */
    private static final long MAX_WORK = 1L << 29;

    private final LocalDateTime now;
    private final TextBuilder root = new TextBuilder();
    private final List<Region> regions = new ArrayList<>();
    private final List<Region> generated = new ArrayList<>();
    private TextBuilder out = root;
    private int line;
    private int rounds;
    private int depth;
    private long work;

    Execution(LocalDateTime now) {
        this.now = now;
    }

    LocalDateTime now() {
        return now;
    }

    int line() {
        return line;
    }

    void at(int newLine) {
        line = newLine;
    }

    void print(Value value) {
        Str text = Printer.str(value);
        charge(text);
        out.append(text);
    }

    void printText(String text) {
        out.append(text);
    }

    /** Notes what a value costs. */
    <T extends Value> T charge(T value) {
        long size = 1;
        if (value instanceof Str str) {
            size = str.text().length();
        } else if (value instanceof Seq seq) {
            size = seq.items().size();
        }
        chargeLength(size, 1);
        return value;
    }

    /** Notes the length of a value and what making it costs besides. */
    void chargeLength(long length, long steps) {
        work += length + steps;
        if (length > MAX_LENGTH || length < 0) {
            throw new RenderException("a value has more than %d characters or items".formatted(MAX_LENGTH));
        }
        if (work > MAX_WORK || steps > MAX_LENGTH) {
            throw new RenderException("the template does more work than it may");
        }
    }

    void round() {
        if (++rounds > MAX_ROUNDS) {
            throw new RenderException("the template's loops take more than %d rounds".formatted(MAX_ROUNDS));
        }
    }

    /** Whether what is printed goes straight into the rendered text. */
    boolean isAtRoot() {
        return out == root;
    }

    int position() {
        return out.length();
    }

    /** Notes what a loop's round has printed since a position, if the round was about something with an origin. */
    void region(Value item, int start) {
        int origin = Dict.NO_ORIGIN;
        if (item instanceof Dict dict) {
            origin = dict.origin();
        } else if (item instanceof Int) {
            origin = Dict.NUMBERED_ROUND;
        }
        if (origin != Dict.NO_ORIGIN && isAtRoot() && out.length() > start) {
            regions.add(new Region(origin, start, out.length()));
        }
    }

    void generated(int start) {
        generated.add(new Region(Dict.NO_ORIGIN, start, out.length()));
    }

    /** What some statements print, which does not go into the text. */
    Str capture(List<Statement> body, Scope scope) {
        if (++depth > MAX_DEPTH) {
            throw new RenderException("macros call each other more than %d deep".formatted(MAX_DEPTH));
        }
        TextBuilder outer = out;
        TextBuilder inner = new TextBuilder();
        out = inner;
        try {
            Statement.run(body, this, scope);
        } finally {
            out = outer;
            depth--;
        }
        return inner.toStr();
    }

    Rendering result() {
        Str text = root.toStr();
        return new Rendering(text.text(), text.marks(), List.copyOf(regions), List.copyOf(generated));
    }
}
