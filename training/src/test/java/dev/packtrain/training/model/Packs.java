package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Packs for tests. */
public final class Packs {
    private Packs() {}

    /** Documents side by side, then padding. */
    public static PackedSequence of(int[] inputIds, int[] labels, int[] cuSeqlens, int numPadding) {
        int numTokens = inputIds.length;
        int maxLength = numTokens + numPadding;
        int[] positionIds = new int[maxLength];
        for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
            for (int t = cuSeqlens[doc]; t < cuSeqlens[doc + 1]; t++) {
                positionIds[t] = t - cuSeqlens[doc];
            }
        }
        int[] paddedLabels = Arrays.copyOf(labels, maxLength);
        Arrays.fill(paddedLabels, numTokens, maxLength, -100);
        long[] ids = LongStream.range(0, cuSeqlens.length - 1).toArray();
        return new PackedSequence(Arrays.copyOf(inputIds, maxLength), paddedLabels, positionIds, cuSeqlens, ids);
    }

    /** Random documents; the first third of each takes no loss. */
    public static PackedSequence random(long seed, int vocabSize, int... lengths) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] cuSeqlens = new int[lengths.length + 1];
        Arrays.setAll(cuSeqlens, d -> IntStream.of(lengths).limit(d).sum());
        int numTokens = cuSeqlens[lengths.length];
        int[] inputIds = random.ints(numTokens, 0, vocabSize).toArray();
        int[] labels = inputIds.clone();
        for (int doc = 0; doc < lengths.length; doc++) {
            Arrays.fill(labels, cuSeqlens[doc], cuSeqlens[doc] + lengths[doc] / 3, -100);
        }
        return of(inputIds, labels, cuSeqlens, 5);
    }

    /** One document of a pack alone. */
    public static PackedSequence document(PackedSequence pack, int doc) {
        int begin = pack.cuSeqlens()[doc];
        int end = pack.cuSeqlens()[doc + 1];
        return of(
                Arrays.copyOfRange(pack.inputIds(), begin, end),
                Arrays.copyOfRange(pack.labels(), begin, end),
                new int[] {0, end - begin},
                0);
    }
}
