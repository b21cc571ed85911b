package dev.packtrain.packing;

/**
 * {@link PackingMethod#NEXT_FIT}: one open pack; when the next example does not fit, the pack is closed for good. Packs
 * are numbered in input order, and the work is O(n). At most twice the optimal number of packs (Johnson 1973).
 */
final class NextFitPacker implements Packer {
    @Override
    public Packing pack(int[] lengths, int maxLength, boolean last) {
        Packers.requireFits(lengths, maxLength);
        int[] packOf = new int[lengths.length];
        int numPacks = 0;
        int room = 0;
        for (int index = 0; index < lengths.length; index++) {
            if (lengths[index] > room) {
                numPacks++;
                room = maxLength;
            }
            packOf[index] = numPacks - 1;
            room -= lengths[index];
        }
        return new Packing(numPacks, packOf);
    }
}
