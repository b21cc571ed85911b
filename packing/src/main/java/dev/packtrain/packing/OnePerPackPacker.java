package dev.packtrain.packing;

import java.util.Arrays;

/** {@link PackingMethod#NONE}: every example alone, in input order. */
final class OnePerPackPacker implements Packer {
    @Override
    public Packing pack(int[] lengths, int maxLength, boolean last) {
        Packers.requireFits(lengths, maxLength);
        int[] packOf = new int[lengths.length];
        Arrays.setAll(packOf, index -> index);
        return new Packing(lengths.length, packOf);
    }
}
