package dev.packtrain.training.data;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One rank's packs of one step, in memory.
 *
 * @param step 0-based
 * @param globalPacks pack numbers of the whole global batch, all ranks
 * @param microbatches this rank's packs; a microbatch may be empty
 */
public record RankBatch(int step, int[] globalPacks, List<List<PackedSequence>> microbatches) {
    /** Labels that take a loss: not ignored, not the first of a document, not padding. */
    public long numLabelTokens() {
        return packs().mapToLong(RankBatch::numLabelTokens).sum();
    }

    /** Tokens without padding. */
    public long numTokens() {
        return packs().mapToLong(PackedSequence::numTokens).sum();
    }

    /** Tokens with padding. */
    public long numSlots() {
        return packs().mapToLong(PackedSequence::maxLength).sum();
    }

    /** Ids of every example in this rank's packs. */
    public long[] exampleIds() {
        return packs().flatMapToLong(pack -> Arrays.stream(pack.exampleIds())).toArray();
    }

    private Stream<PackedSequence> packs() {
        return microbatches.stream().flatMap(List::stream);
    }

    private static long numLabelTokens(PackedSequence pack) {
        int[] labels = pack.labels();
        int[] cuSeqlens = pack.cuSeqlens();
        long count = 0;
        for (int d = 0; d + 1 < cuSeqlens.length; d++) {
            for (int t = cuSeqlens[d] + 1; t < cuSeqlens[d + 1]; t++) {
                if (labels[t] != TokenizedExample.IGNORE_INDEX) {
                    count++;
                }
            }
        }
        return count;
    }
}
