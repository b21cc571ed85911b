package dev.packtrain.pipeline.tokenizer;

/**
 * Merges the bytes of a word into tokens: of all neighbours that can be merged, again and again those whose merge comes
 * first in the vocabulary, the leftmost of equals. For one thread; arrays are kept from word to word.
 *
 * <p>Short words are searched from end to end for the next merge, which is quickest while they fit into a few lines of
 * memory. Long words go to {@link LongWordMerger}.
 */
final class WordMerger {
    /** Where both ways take about as long. */
    private static final int SHORT = 96;

    private final MergeTable merges;
    private final LongWordMerger longWords;
    private final int[] ids = new int[SHORT + 1];
    private final int[] ranks = new int[SHORT + 1];

    WordMerger(MergeTable merges) {
        this.merges = merges;
        this.longWords = new LongWordMerger(merges);
    }

    /**
     * Tokenises a word of one byte or more.
     *
     * @param out where the tokens go, with room for one a byte from {@code count} on
     * @return {@code count} and the number of tokens
     */
    int merge(byte[] utf8, int from, int to, int[] out, int count) {
        return to - from > SHORT
                ? longWords.merge(utf8, from, to, out, count)
                : mergeShort(utf8, from, to - from, out, count);
    }

    private int mergeShort(byte[] utf8, int from, int length, int[] out, int count) {
        int size = length;
        for (int i = 0; i < size - 1; i++) {
            ids[i] = merges.byteId(utf8[from + i]);
            ranks[i] = merges.byteRank(utf8[from + i], utf8[from + i + 1]);
        }
        ids[size - 1] = merges.byteId(utf8[from + size - 1]);
        ranks[size - 1] = MergeTable.NONE;
        while (true) {
            int best = MergeTable.NONE;
            int at = 0;
            for (int i = 0; i < size - 1; i++) {
                if (ranks[i] < best) {
                    best = ranks[i];
                    at = i;
                }
            }
            if (best == MergeTable.NONE) {
                break;
            }
            size--;
            for (int i = at + 1; i < size; i++) {
                ids[i] = ids[i + 1];
                ranks[i] = ranks[i + 1];
            }
            int merged = merges.result(best);
            ids[at] = merged;
            ranks[at] = at + 1 < size ? merges.rank(merged, ids[at + 1]) : MergeTable.NONE;
            if (at > 0) {
                ranks[at - 1] = merges.rank(ids[at - 1], merged);
            }
        }
        System.arraycopy(ids, 0, out, count, size);
        return count + size;
    }
}
