package dev.packtrain.training.model;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.Arrays;

/** Packs in which every document begins with tokens that are learnt, not looked up. */
final class VirtualTokens {
    private VirtualTokens() {}

    /**
     * A pack with room for them; the pack itself where there are none.
     *
     * <p>No virtual token predicts anything, so the labels that count are those that count without. What a document's own
     * tokens have as positions begins behind all that is before them.
     *
     * @param numVirtual rows before every document, of token 0
     * @param numPrefix positions before every document, without rows
     */
    static PackedSequence before(PackedSequence pack, int numVirtual, int numPrefix) {
        if (numVirtual + numPrefix == 0) {
            return pack;
        }
        if (pack.preference() != null && numVirtual > 0) {
            throw new BadInputException(
                    "the data are preferences, whose answers share a question, and the run learns virtual tokens before every document; train on them with another method.");
        }
        int numDocuments = pack.numDocuments();
        int numTokens = pack.numTokens() + numDocuments * numVirtual;
        int[] inputIds = new int[numTokens];
        int[] labels = new int[numTokens];
        int[] positionIds = new int[numTokens];
        int[] cuSeqlens = new int[numDocuments + 1];
        Arrays.fill(labels, TokenizedExample.IGNORE_INDEX);
        for (int doc = 0; doc < numDocuments; doc++) {
            int from = pack.cuSeqlens()[doc];
            int length = pack.cuSeqlens()[doc + 1] - from;
            int to = cuSeqlens[doc] + numVirtual;
            cuSeqlens[doc + 1] = to + length;
            System.arraycopy(pack.inputIds(), from, inputIds, to, length);
            System.arraycopy(pack.labels(), from + 1, labels, to + 1, length - 1);
            for (int t = 0; t < numVirtual; t++) {
                positionIds[cuSeqlens[doc] + t] = numPrefix + t;
            }
            for (int t = 0; t < length; t++) {
                positionIds[to + t] = numPrefix + numVirtual + pack.positionIds()[from + t];
            }
        }
        return new PackedSequence(inputIds, labels, positionIds, cuSeqlens, pack.exampleIds(), pack.preference());
    }
}
