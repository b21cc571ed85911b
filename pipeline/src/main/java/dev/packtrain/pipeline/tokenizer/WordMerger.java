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
    private int size;

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
        for (int i = 0; i < length - 1; i++) {
            ids[i] = merges.byteId(utf8[from + i]);
            ranks[i] = merges.byteRank(utf8[from + i], utf8[from + i + 1]);
        }
        ids[length - 1] = merges.byteId(utf8[from + length - 1]);
        return mergeAll(length, out, count);
    }

    /** Starts a stretch of text that is merged from given tokens on. */
    void clear() {
        size = 0;
    }

    /** Adds a token to the stretch. */
    void add(int id) {
        if (size < SHORT) {
            ids[size] = id;
        }
        size++;
    }

    /** Adds bytes to the stretch. */
    void add(byte[] utf8, int from, int to) {
        for (int at = from; at < to; at++) {
            add(merges.byteId(utf8[at]));
        }
    }

    /**
     * Merges the stretch that was added.
     *
     * @param utf8 its text: if it is long, it is merged from the bytes on all the same
     * @param out as in {@link #merge}
     */
    int mergeAdded(byte[] utf8, int from, int to, int[] out, int count) {
        if (size > SHORT) {
            return longWords.merge(utf8, from, to, out, count);
        }
        if (size == 1) {
            out[count] = ids[0];
            return count + 1;
        }
        if (size == 2) {
            int rank = merges.rank(ids[0], ids[1]);
            out[count] = rank == MergeTable.NONE ? ids[0] : merges.result(rank);
            out[count + 1] = ids[1];
            return rank == MergeTable.NONE ? count + 2 : count + 1;
        }
        for (int i = 0; i < size - 1; i++) {
            ranks[i] = merges.rank(ids[i], ids[i + 1]);
        }
        return mergeAll(size, out, count);
    }

    /** Tokens that were added. */
    int size() {
        return size;
    }

    private int mergeAll(int length, int[] out, int count) {
        int left = length;
        ranks[left - 1] = MergeTable.NONE;
        while (true) {
            int best = MergeTable.NONE;
            int at = 0;
            for (int i = 0; i < left - 1; i++) {
                if (ranks[i] < best) {
                    best = ranks[i];
                    at = i;
                }
            }
            if (best == MergeTable.NONE) {
                break;
            }
            left--;
            for (int i = at + 1; i < left; i++) {
                ids[i] = ids[i + 1];
                ranks[i] = ranks[i + 1];
            }
            int merged = merges.result(best);
            ids[at] = merged;
            ranks[at] = at + 1 < left ? merges.rank(merged, ids[at + 1]) : MergeTable.NONE;
            if (at > 0) {
                ranks[at - 1] = merges.rank(ids[at - 1], merged);
            }
        }
        System.arraycopy(ids, 0, out, count, left);
        return count + left;
    }
}
