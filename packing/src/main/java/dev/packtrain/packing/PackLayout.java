package dev.packtrain.packing;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Where the values of a pack stand in a row: its documents side by side, then padding. Every method writes one column of a
 * row at the buffer's position, without an array in between.
 */
final class PackLayout {
    /** Slots of padding that are written at once. */
    private static final int BLOCK = 256;

    /** 0, 1, 2, …: as long as the longest document may be. */
    private final int[] ramp;

    private final int[] zeros = new int[BLOCK];
    private final int[] ignored = new int[BLOCK];

    PackLayout(int maxLength) {
        ramp = new int[maxLength];
        Arrays.setAll(ramp, slot -> slot);
        Arrays.fill(ignored, TokenizedExample.IGNORE_INDEX);
    }

    int maxLength() {
        return ramp.length;
    }

    /** Refuses a pack that is longer than a row, and returns its tokens. */
    int requireFits(Pack pack) {
        int numTokens = pack.numTokens();
        if (numTokens > ramp.length) {
            throw new IllegalArgumentException(
                    "pack has %d tokens; wanted at most max_length = %d".formatted(numTokens, ramp.length));
        }
        return numTokens;
    }

    void inputIds(Pack pack, IntBuffer row) {
        List<TokenizedExample> examples = pack.examples();
        for (int d = 0; d < examples.size(); d++) {
            row.put(examples.get(d).inputIds());
        }
        pad(row, zeros);
    }

    void labels(Pack pack, IntBuffer row) {
        List<TokenizedExample> examples = pack.examples();
        for (int d = 0; d < examples.size(); d++) {
            row.put(examples.get(d).labels());
        }
        pad(row, ignored);
    }

    void positionIds(Pack pack, IntBuffer row) {
        List<TokenizedExample> examples = pack.examples();
        for (int d = 0; d < examples.size(); d++) {
            TokenizedExample example = examples.get(d);
            row.put(example.positionIds() == null ? ramp : example.positionIds(), 0, example.length());
        }
        pad(row, zeros);
    }

    /** One value more than there are documents. */
    static void cuSeqlens(Pack pack, IntBuffer items) {
        List<TokenizedExample> examples = pack.examples();
        int end = 0;
        items.put(end);
        for (int d = 0; d < examples.size(); d++) {
            end += examples.get(d).length();
            items.put(end);
        }
    }

    static void exampleIds(Pack pack, LongBuffer items) {
        List<TokenizedExample> examples = pack.examples();
        for (int d = 0; d < examples.size(); d++) {
            items.put(examples.get(d).id());
        }
    }

    private static void pad(IntBuffer row, int[] block) {
        while (row.hasRemaining()) {
            row.put(block, 0, Math.min(row.remaining(), BLOCK));
        }
    }
}
