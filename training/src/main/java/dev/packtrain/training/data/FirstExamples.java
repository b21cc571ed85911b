package dev.packtrain.training.data;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.Arrays;

/** The first examples of a source, in the order of its packs; of the pack in which they end the others become padding. */
public final class FirstExamples implements PackSource {
    private final PackSource source;
    private final int numPacks;
    private final int inLastPack;

    private FirstExamples(PackSource source, int numPacks, int inLastPack) {
        this.source = source;
        this.numPacks = numPacks;
        this.inLastPack = inLastPack;
    }

    /**
     * So many of them; reads the packs that they are in.
     *
     * @param numExamples at least 1; all, if there are no more
     */
    public static PackSource of(PackSource source, int numExamples) {
        int before = 0;
        for (int index = 0; index < source.numPacks(); index++) {
            int here = source.get(index).numDocuments();
            if (before + here >= numExamples) {
                return new FirstExamples(source, index + 1, numExamples - before);
            }
            before += here;
        }
        return source;
    }

    @Override
    public int numPacks() {
        return numPacks;
    }

    @Override
    public PackedSequence get(int index) {
        PackedSequence pack = source.get(index);
        return index < numPacks - 1 ? pack : first(pack, inLastPack);
    }

    private static PackedSequence first(PackedSequence pack, int numDocuments) {
        int[] cuSeqlens = Arrays.copyOf(pack.cuSeqlens(), numDocuments + 1);
        int numTokens = cuSeqlens[numDocuments];
        int[] labels = Arrays.copyOf(pack.labels(), pack.maxLength());
        Arrays.fill(labels, numTokens, labels.length, TokenizedExample.IGNORE_INDEX);
        return new PackedSequence(
                padded(pack.inputIds(), numTokens),
                labels,
                padded(pack.positionIds(), numTokens),
                cuSeqlens,
                Arrays.copyOf(pack.exampleIds(), numDocuments));
    }

    private static int[] padded(int[] values, int numTokens) {
        return Arrays.copyOf(Arrays.copyOf(values, numTokens), values.length);
    }
}
