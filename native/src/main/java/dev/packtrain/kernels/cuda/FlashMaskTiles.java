package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.TilePlan;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the CUDA kernels read of a mask, as one array of int32 that is copied to the GPU once a pack and shared by all layers,
 * heads and passes: the rows hidden from each key, the tiles to visit, and the order in which blocks are started, those with the
 * most tiles first.
 */
public final class FlashMaskTiles {
    /** Query rows of a tile. */
    static final int BLOCK_ROWS = 128;
    /** Keys of a tile. */
    static final int BLOCK_KEYS = 64;
    /** Threads of a block. */
    static final int THREADS = 128;

    /** Parts of {@link #words()}, in this order. */
    enum Section {
        /** Four values a key, and for padding up to a whole block of keys that nobody sees. */
        HIDDEN,
        ROW_STARTS,
        ROW_TILES,
        KEY_STARTS,
        KEY_TILES,
        ROW_ORDER,
        KEY_ORDER
    }

    private final int numRows;
    private final int numKeys;
    private final int[] words;
    private final Map<Section, Integer> offsets = new EnumMap<>(Section.class);

    private FlashMaskTiles(FlashMask mask, Map<Section, int[]> sections) {
        numRows = mask.numRows();
        numKeys = mask.numKeys();
        int offset = 0;
        for (Map.Entry<Section, int[]> section : sections.entrySet()) {
            offsets.put(section.getKey(), offset);
            offset += section.getValue().length;
        }
        words = sections.values().stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** Builds them. */
    public static FlashMaskTiles of(FlashMask mask) {
        TilePlan plan = TilePlan.of(mask, BLOCK_ROWS, BLOCK_KEYS);
        Map<Section, int[]> sections = new EnumMap<>(Section.class);
        sections.put(Section.HIDDEN, hidden(mask, plan.byKey().size() * BLOCK_KEYS));
        sections.put(Section.ROW_STARTS, plan.byRow().starts());
        sections.put(Section.ROW_TILES, plan.byRow().tiles());
        sections.put(Section.KEY_STARTS, plan.byKey().starts());
        sections.put(Section.KEY_TILES, plan.byKey().tiles());
        sections.put(Section.ROW_ORDER, longestFirst(plan.byRow()));
        sections.put(Section.KEY_ORDER, longestFirst(plan.byKey()));
        return new FlashMaskTiles(mask, sections);
    }

    private static int[] hidden(FlashMask mask, int numPadded) {
        int[] lowerStarts = mask.lowerStarts();
        int[] lowerEnds = mask.lowerEnds();
        int[] upperStarts = mask.upperStarts();
        int[] upperEnds = mask.upperEnds();
        int[] hidden = new int[4 * numPadded];
        for (int key = 0; key < numPadded; key++) {
            boolean real = key < mask.numKeys();
            hidden[4 * key] = real ? lowerStarts[key] : 0;
            hidden[4 * key + 1] = real ? lowerEnds[key] : Integer.MAX_VALUE;
            if (real) {
                // A causal mask has no upper interval: rows before the key take its place.
                hidden[4 * key + 2] = mask.causal() ? 0 : upperStarts[key];
                hidden[4 * key + 3] = mask.causal() ? key : upperEnds[key];
            }
        }
        return hidden;
    }

    private static int[] longestFirst(TilePlan.Lists lists) {
        int[] starts = lists.starts();
        return IntStream.range(0, lists.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> starts[i] - starts[i + 1]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** The array to copy to the GPU, aligned to 16 bytes there. Read only. */
    public int[] words() {
        return words;
    }

    /** Query rows. */
    public int numRows() {
        return numRows;
    }

    /** Query rows with the padding of the last block: the row statistics have this many for each head. */
    public int numPaddedRows() {
        return numRowBlocks() * BLOCK_ROWS;
    }

    /** Keys. */
    public int numKeys() {
        return numKeys;
    }

    int numRowBlocks() {
        return (int) (((long) numRows + BLOCK_ROWS - 1) / BLOCK_ROWS);
    }

    int numKeyBlocks() {
        return (int) (((long) numKeys + BLOCK_KEYS - 1) / BLOCK_KEYS);
    }

    /** Address of a section if {@link #words()} lie at {@code base}. */
    long address(long base, Section section) {
        return base + 4L * offsets.get(section);
    }
}
