package dev.packtrain.kernels;

import java.util.Arrays;

/**
 * The tiles of a score matrix that attention has to visit, found once for a mask and then used by every layer, head and
 * pass. A tile is {@code blockRows} query rows by {@code blockKeys} key columns, clipped at the last row and key.
 *
 * <p>Classified exactly, by counting the visible scores of each tile, not by the bounds of its columns: a tile with none is
 * absent, a tile with all carries no mask. Building takes O(keys + tiles) time; the lists take 8 bytes a visited tile, and
 * nothing is quadratic in rows × keys but by that factor 1 / (blockRows · blockKeys).
 */
public final class TilePlan {
    private final FlashMask mask;
    private final int blockRows;
    private final int blockKeys;
    private final Lists byRow;
    private final Lists byKey;

    /**
     * Tiles, list by list.
     *
     * @param starts {@code [numLists + 1]}: list i is {@code tiles[starts[i]]} to {@code tiles[starts[i + 1] - 1]}
     * @param tiles {@code (j << 1) | partial}, rising inside a list; j is the number of the block on the other side, partial
     *     is 1 if some of the tile's scores are hidden and 0 if none is
     */
    public record Lists(int[] starts, int[] tiles) {
        /** Number of lists, which is that of the blocks on this side. */
        public int size() {
            return starts.length - 1;
        }
    }

    private TilePlan(FlashMask mask, int blockRows, int blockKeys) {
        this.mask = mask;
        this.blockRows = blockRows;
        this.blockKeys = blockKeys;
        byKey = new TileCount(mask, blockRows, blockKeys).lists();
        byRow = transpose(byKey, blocks(mask.numRows(), blockRows));
    }

    /**
     * The plan of a mask.
     *
     * @param blockRows query rows of a tile, at least 1
     * @param blockKeys key columns of a tile, at least 1
     * @throws IllegalArgumentException if a block is empty
     */
    public static TilePlan of(FlashMask mask, int blockRows, int blockKeys) {
        if (blockRows < 1 || blockKeys < 1) {
            throw new IllegalArgumentException(
                    "Tiles of " + blockRows + " rows by " + blockKeys + " keys were asked for; give at least 1 by 1.");
        }
        return new TilePlan(mask, blockRows, blockKeys);
    }

    static int blocks(int length, int block) {
        return (int) (((long) length + block - 1) / block);
    }

    private static Lists transpose(Lists lists, int numBlocks) {
        int[] starts = new int[numBlocks + 1];
        for (int tile : lists.tiles) {
            starts[(tile >> 1) + 1]++;
        }
        Arrays.parallelPrefix(starts, Integer::sum);
        int[] next = starts.clone();
        int[] tiles = new int[lists.tiles.length];
        for (int list = 0; list < lists.size(); list++) {
            for (int i = lists.starts[list]; i < lists.starts[list + 1]; i++) {
                int tile = lists.tiles[i];
                tiles[next[tile >> 1]++] = (list << 1) | (tile & 1);
            }
        }
        return new Lists(starts, tiles);
    }

    /** The mask planned for. */
    public FlashMask mask() {
        return mask;
    }

    /** Query rows of a tile. */
    public int blockRows() {
        return blockRows;
    }

    /** Key columns of a tile. */
    public int blockKeys() {
        return blockKeys;
    }

    /** For each block of rows the blocks of keys that it visits: the order of the forward pass and of dQ. Read only. */
    public Lists byRow() {
        return byRow;
    }

    /** For each block of keys the blocks of rows that visit it: the order of dK and dV. The same tiles. Read only. */
    public Lists byKey() {
        return byKey;
    }

    /** Number of tiles that are visited. */
    public int numTiles() {
        return byRow.tiles.length;
    }

    /** Number of visited tiles in which some scores are hidden. */
    public int numPartialTiles() {
        return (int) Arrays.stream(byRow.tiles).filter(tile -> (tile & 1) == 1).count();
    }

    /** Number of tiles that there are, hidden ones included. */
    public long numAllTiles() {
        return (long) byRow.size() * byKey.size();
    }
}
