package dev.packtrain.pipeline.encode;

import java.util.Arrays;

/** {@code truncation_side}: the end at which a source of more than {@code src_length} tokens is cut. */
public enum TruncationSide {
    /** The beginning goes: it keeps its last tokens. */
    LEFT,
    /** The end goes: it keeps its first tokens. */
    RIGHT;

    /** The part of {@code ids} that stays when {@code length} tokens may. */
    int[] cut(int[] ids, int length) {
        if (ids.length <= length) {
            return ids;
        }
        int from = this == LEFT ? ids.length - length : 0;
        return Arrays.copyOfRange(ids, from, from + length);
    }
}
