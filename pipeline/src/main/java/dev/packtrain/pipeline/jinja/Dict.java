package dev.packtrain.pipeline.jinja;

import java.util.Map;

/** A dictionary in the order of insertion. Templates cannot change one. */
public final class Dict implements Value {
    /** The origin of a dictionary that is no input worth following. */
    public static final int NO_ORIGIN = -1;

    /** The origin of a region that a round of a loop over numbers wrote. */
    public static final int NUMBERED_ROUND = -2;

    private final Map<Value, Value> entries;
    private final int origin;

    /** Without origin. */
    public Dict(Map<Value, Value> entries) {
        this(entries, NO_ORIGIN);
    }

    /**
     * With a number of the caller's. What a loop over such dictionaries writes is noted as that number's region.
     *
     * @param entries not changed after construction
     * @param origin not negative, or {@link #NO_ORIGIN}
     */
    public Dict(Map<Value, Value> entries, int origin) {
        this.entries = entries;
        this.origin = origin;
    }

    /** Keys and values. */
    public Map<Value, Value> entries() {
        return entries;
    }

    /** The caller's number. */
    public int origin() {
        return origin;
    }

    @Override
    public boolean isTrue() {
        return !entries.isEmpty();
    }

    @Override
    public String typeName() {
        return "dict";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dict dict && entries.equals(dict.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }
}
