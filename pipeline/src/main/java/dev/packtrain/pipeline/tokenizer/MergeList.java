package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The merges of a {@code tokenizer.json}, the most urgent first.
 *
 * @param left the left token of each
 * @param right the right token of each
 * @param pairs the ids of both in turn
 * @param results the id that each makes
 */
record MergeList(String[] left, String[] right, int[] pairs, int[] results) {
    /**
     * Reads the list.
     *
     * @throws UnsupportedFileException if a merge is not one of two tokens to a third
     */
    static MergeList read(JsonNode list, JsonNode vocab) throws UnsupportedFileException {
        ByteLevelFile.refuse(list.size() >= MergeTable.MAX_MERGES, "2^24 merges and more");
        int size = list.size();
        MergeList merges = new MergeList(new String[size], new String[size], new int[2 * size], new int[size]);
        for (int rank = 0; rank < size; rank++) {
            JsonNode merge = list.get(rank);
            String[] pair = merge.isTextual()
                    ? merge.asText().split(" ", -1)
                    : new String[] {merge.path(0).asText(), merge.path(1).asText()};
            ByteLevelFile.refuse(pair.length != 2, "a merge that is not of two tokens");
            merges.left[rank] = pair[0];
            merges.right[rank] = pair[1];
            merges.pairs[2 * rank] = id(vocab, pair[0], "a merge of an unknown token");
            merges.pairs[2 * rank + 1] = id(vocab, pair[1], "a merge of an unknown token");
            merges.results[rank] = id(vocab, pair[0] + pair[1], "a merge that makes an unknown token");
        }
        return merges;
    }

    static int id(JsonNode vocab, String token, String problem) throws UnsupportedFileException {
        JsonNode id = vocab.path(token);
        ByteLevelFile.refuse(!id.isInt(), problem);
        return id.asInt();
    }

    /** For every id the lowest rank of a merge that takes it, {@link MergeTable#NONE} if none does. */
    int[] firstUse(int numIds) {
        int[] first = new int[numIds];
        Arrays.fill(first, MergeTable.NONE);
        for (int i = pairs.length - 1; i >= 0; i--) {
            first[pairs[i]] = i / 2;
        }
        return first;
    }

    /** Those that may take only a part of a character over to its neighbour. */
    List<PartialMerge> partial(ByteAlphabet alphabet) {
        List<PartialMerge> partial = new ArrayList<>();
        for (int rank = 0; rank < results.length; rank++) {
            byte[] before = alphabet.bytes(left[rank]);
            byte[] after = alphabet.bytes(right[rank]);
            // A token that no bytes make is never there to be merged.
            PartialMerge merge = before == null || after == null || before.length == 0 || after.length == 0
                    ? null
                    : PartialMerge.of(before, after, rank);
            if (merge != null) {
                partial.add(merge);
            }
        }
        return partial;
    }
}
