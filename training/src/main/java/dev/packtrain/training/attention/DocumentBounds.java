package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import java.util.stream.IntStream;

/** Finds the documents in a mask, for kernels that know causal documents and nothing else. */
final class DocumentBounds {
    private DocumentBounds() {}

    /**
     * The bounds of the documents, {@code [numDocuments + 1]}, first 0, strictly rising, last T.
     *
     * @param kernel who asks, for the sentence
     * @throws IllegalArgumentException if {@code mask} is not that of causal documents
     */
    static int[] of(FlashMask mask, String kernel) {
        int[] ends = mask.lowerStarts();
        IntStream.Builder bounds = IntStream.builder().add(0);
        int bound = 0;
        while (bound < ends.length && ends[bound] > bound) {
            bound = ends[bound];
            bounds.add(bound);
        }
        int[] cuSeqlens = bounds.build().toArray();
        if (bound != ends.length || !FlashMasks.causalDocument(cuSeqlens).equals(mask)) {
            throw new IllegalArgumentException("The attention kernel " + kernel
                    + " knows causal documents side by side and was given another mask of " + mask.numRows()
                    + " rows by " + mask.numKeys() + " keys; use a kernel for any mask, such as reference.");
        }
        return cuSeqlens;
    }
}
