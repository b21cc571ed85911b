package dev.packtrain.kernels;

import java.util.Arrays;

/** Counts the visible scores of the tiles of one block of keys after the other. */
final class TileCount {
    private final FlashMask mask;
    private final int blockRows;
    private final int blockKeys;
    private final int numRowBlocks;
    private final int[] starts;
    private int[] tiles = new int[64];
    private int numTiles;

    // Visible scores by block of rows, in two parts: those of blocks that a range only touches, and the number of keys
    // whose range covers the whole block, as differences, so that a range costs the same however long it is.
    private final long[] touched;
    private final int[] coveredChange;

    TileCount(FlashMask mask, int blockRows, int blockKeys) {
        this.mask = mask;
        this.blockRows = blockRows;
        this.blockKeys = blockKeys;
        numRowBlocks = TilePlan.blocks(mask.numRows(), blockRows);
        starts = new int[TilePlan.blocks(mask.numKeys(), blockKeys) + 1];
        touched = new long[numRowBlocks];
        coveredChange = new int[numRowBlocks + 1];
    }

    /** By block of keys. */
    TilePlan.Lists lists() {
        for (int block = 0; block + 1 < starts.length; block++) {
            int firstKey = block * blockKeys;
            int endKey = (int) Math.min((long) firstKey + blockKeys, mask.numKeys());
            Arrays.fill(touched, 0);
            Arrays.fill(coveredChange, 0);
            for (int key = firstKey; key < endKey; key++) {
                mask.forEachVisibleRange(key, this::add);
            }
            append(endKey - firstKey);
            starts[block + 1] = numTiles;
        }
        return new TilePlan.Lists(starts, Arrays.copyOf(tiles, numTiles));
    }

    private void add(int start, int end) {
        int first = start / blockRows;
        int last = (end - 1) / blockRows;
        if (first == last) {
            touched[first] += end - start;
            return;
        }
        touched[first] += (long) (first + 1) * blockRows - start;
        touched[last] += end - (long) last * blockRows;
        coveredChange[first + 1]++;
        coveredChange[last]--;
    }

    private void append(int numKeys) {
        long covered = 0;
        for (int block = 0; block < numRowBlocks; block++) {
            covered += coveredChange[block];
            long numRows = Math.min(blockRows, mask.numRows() - (long) block * blockRows);
            long visible = touched[block] + covered * numRows;
            if (visible > 0) {
                if (numTiles == tiles.length) {
                    tiles = Arrays.copyOf(tiles, Math.multiplyExact(2, numTiles));
                }
                tiles[numTiles++] = (block << 1) | (visible < numRows * numKeys ? 1 : 0);
            }
        }
    }
}
