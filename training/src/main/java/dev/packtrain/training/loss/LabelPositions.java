package dev.packtrain.training.loss;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.Arrays;

/**
 * Which hidden rows are scored, and against what: row {@code t} predicts the token at {@code t + 1} of the same document,
 * if that has a label.
 *
 * @param rows positions in the pack, rising
 * @param targets token ids, one a row
 */
public record LabelPositions(int[] rows, int[] targets) {
    /** Of a pack. */
    public static LabelPositions of(PackedSequence pack) {
        int[] rows = new int[pack.numTokens()];
        int[] targets = new int[pack.numTokens()];
        int count = 0;
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            int last = pack.cuSeqlens()[doc + 1] - 1;
            for (int t = pack.cuSeqlens()[doc]; t < last; t++) {
                int target = pack.labels()[t + 1];
                if (target != TokenizedExample.IGNORE_INDEX) {
                    rows[count] = t;
                    targets[count++] = target;
                }
            }
        }
        return new LabelPositions(Arrays.copyOf(rows, count), Arrays.copyOf(targets, count));
    }

    /** Those with the numbers {@code begin} to {@code end − 1}. */
    LabelPositions range(int begin, int end) {
        return new LabelPositions(Arrays.copyOfRange(rows, begin, end), Arrays.copyOfRange(targets, begin, end));
    }

    /** Number of scored rows. */
    public int count() {
        return rows.length;
    }
}
