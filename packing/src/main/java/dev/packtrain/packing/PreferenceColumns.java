package dev.packtrain.packing;

import java.util.Arrays;
import java.util.List;

/**
 * What a row of preference examples has beside the columns of every row.
 *
 * @param startRowIndices int32 {@code [maxLength]}, FlashMask's causal form with one column: for each slot as a key the
 *     first row (query slot) that may not see it; rows before the slot itself never do. In the padding the slot itself, so
 *     that nothing sees it
 * @param chosenStarts int32 {@code [numDocuments]}, the slot at which each document's chosen branch begins
 * @param rejectedStarts int32 {@code [numDocuments]}, the slot at which each document's rejected branch begins, which is
 *     where the chosen one ends
 */
public record PreferenceColumns(int[] startRowIndices, int[] chosenStarts, int[] rejectedStarts) {
    /** Of documents side by side from slot 0. */
    static PreferenceColumns of(List<TokenizedExample> examples, int maxLength) {
        int numDocuments = examples.size();
        PreferenceColumns columns =
                new PreferenceColumns(new int[maxLength], new int[numDocuments], new int[numDocuments]);
        int start = 0;
        for (int d = 0; d < numDocuments; d++) {
            TokenizedExample example = examples.get(d);
            int chosen = start + example.branches().chosenStart();
            int rejected = start + example.branches().rejectedStart();
            int end = start + example.length();
            // The shared part is for both branches, which follow it to the end.
            Arrays.fill(columns.startRowIndices, start, chosen, end);
            Arrays.fill(columns.startRowIndices, chosen, rejected, rejected);
            Arrays.fill(columns.startRowIndices, rejected, end, end);
            columns.chosenStarts[d] = chosen;
            columns.rejectedStarts[d] = rejected;
            start = end;
        }
        for (int slot = start; slot < maxLength; slot++) {
            columns.startRowIndices[slot] = slot;
        }
        return columns;
    }
}
