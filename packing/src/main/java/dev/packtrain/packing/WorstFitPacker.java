package dev.packtrain.packing;

/**
 * {@link PackingMethod#WORST_FIT}: PaddleNLP's {@code greedy_zero_padding}, for those who want to reproduce it. Buffers of
 * {@value #BUFFER} examples in input order, each packed by itself: an example goes into the pack of the buffer with the most
 * room, of equal ones the first opened; if it does not fit there, it opens a pack. Nothing is sorted.
 */
final class WorstFitPacker implements Packer {
    /** PaddleNLP's. Groups should be a multiple of it, or every group ends with a smaller buffer. */
    static final int BUFFER = 500;

    @Override
    public Packing pack(int[] lengths, int maxLength, boolean last) {
        Packers.requireFits(lengths, maxLength);
        int[] packOf = new int[lengths.length];
        int[] room = new int[BUFFER];
        int numPacks = 0;
        int firstOfBuffer = 0;
        for (int index = 0; index < lengths.length; index++) {
            if (index % BUFFER == 0) {
                firstOfBuffer = numPacks;
            }
            int widest = widest(room, numPacks - firstOfBuffer);
            if (widest < 0 || room[widest] < lengths[index]) {
                widest = numPacks - firstOfBuffer;
                room[widest] = maxLength;
                numPacks++;
            }
            room[widest] -= lengths[index];
            packOf[index] = firstOfBuffer + widest;
        }
        return new Packing(numPacks, packOf);
    }

    private static int widest(int[] room, int numOpen) {
        int widest = -1;
        for (int pack = 0; pack < numOpen; pack++) {
            if (widest < 0 || room[pack] > room[widest]) {
                widest = pack;
            }
        }
        return widest;
    }
}
