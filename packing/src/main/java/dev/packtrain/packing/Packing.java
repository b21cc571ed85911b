package dev.packtrain.packing;

/**
 * Which example of a group is in which pack.
 *
 * @param numPacks number of packs, each of at least one example
 * @param packOf the pack of each example of the group, from 0 to {@code numPacks − 1}, or {@link #CARRIED}
 */
public record Packing(int numPacks, int[] packOf) {
    /** In place of a pack's number: the example is left to a later group. */
    public static final int CARRIED = -1;

    /** Number of examples in no pack. */
    public int numCarried() {
        int count = 0;
        for (int pack : packOf) {
            if (pack == CARRIED) {
                count++;
            }
        }
        return count;
    }
}
