package dev.packtrain.pipeline.tokenizer;

/**
 * The tokens of words that came before, in a bounded table: words of up to {@link #MAX_BYTES} bytes with up to
 * {@link #MAX_TOKENS} tokens. A word is its own key, in two longs; two words share a line of 64 bytes, and a new word
 * takes the place of the one that was not found last. For one thread.
 */
final class WordCache {
    /** Longer words are not kept: the last byte of a key tells the length. */
    static final int MAX_BYTES = 15;

    /** Words with more tokens are not kept. */
    static final int MAX_TOKENS = 6;

    private static final int LINE_BITS = 15;
    private static final int SLOT = 4;
    private static final int LINE = 2 * SLOT;

    /** An array of this size starts at a line of the memory, after a header of two longs. */
    private static final int ALIGNMENT = 6;

    private static final int ID_BITS = 20;
    private static final int ID_MASK = (1 << ID_BITS) - 1;
    private static final int COUNT_BITS = 4;
    private static final int COUNT_MASK = (1 << COUNT_BITS) - 1;
    private static final int IN_A_LONG = 3;
    private static final long[] MASKS = masks();

    private final long[] table = new long[(LINE << LINE_BITS) + ALIGNMENT];

    private static long[] masks() {
        long[] masks = new long[Long.BYTES + 1];
        for (int bytes = 1; bytes <= Long.BYTES; bytes++) {
            masks[bytes] = -1L >>> (Long.SIZE - Byte.SIZE * bytes);
        }
        return masks;
    }

    /** The first half of a word's key. */
    static long low(byte[] utf8, int from, int length) {
        return Utf8.eightBytes(utf8, from) & MASKS[Math.min(length, Long.BYTES)];
    }

    /** The second half; {@code tag} is not 0, below 256, and differs where the same bytes can have other tokens. */
    static long high(byte[] utf8, int from, int length, int tag) {
        long bytes = length > Long.BYTES ? Utf8.eightBytes(utf8, from + Long.BYTES) & MASKS[length - Long.BYTES] : 0;
        return bytes | ((long) tag << (Long.SIZE - Byte.SIZE));
    }

    private static int line(long low, long high) {
        long hash = (low ^ Long.rotateLeft(high * 0x9E3779B97F4A7C15L, 29)) * 0xD6E8FEB86659FD93L;
        return (int) (hash >>> (Long.SIZE - LINE_BITS)) * LINE + ALIGNMENT;
    }

    /**
     * Looks a word up.
     *
     * @param out where its tokens go, with room for {@link #MAX_TOKENS} from {@code count} on
     * @return {@code count} and the number of tokens, or -1 if the word is not here
     */
    int find(long low, long high, int[] out, int count) {
        int at = line(low, high);
        if (table[at] != low || table[at + 1] != high) {
            at += SLOT;
            if (table[at] != low || table[at + 1] != high) {
                return -1;
            }
        }
        long first = table[at + 2];
        int tokens = (int) first & COUNT_MASK;
        out[count] = (int) (first >>> COUNT_BITS) & ID_MASK;
        if (tokens > 1) {
            out[count + 1] = (int) (first >>> (COUNT_BITS + ID_BITS)) & ID_MASK;
            out[count + 2] = (int) (first >>> (COUNT_BITS + 2 * ID_BITS)) & ID_MASK;
            if (tokens > IN_A_LONG) {
                long second = table[at + 3];
                out[count + 3] = (int) second & ID_MASK;
                out[count + 4] = (int) (second >>> ID_BITS) & ID_MASK;
                out[count + 5] = (int) (second >>> (2 * ID_BITS)) & ID_MASK;
            }
        }
        return count + tokens;
    }

    /** Keeps a word that was not found, if it has 1 to {@link #MAX_TOKENS} tokens. */
    void put(long low, long high, int[] ids, int from, int to) {
        int tokens = to - from;
        if (tokens > MAX_TOKENS) {
            return;
        }
        long first = tokens;
        long second = 0;
        for (int i = 0; i < tokens; i++) {
            if (i < IN_A_LONG) {
                first |= (long) ids[from + i] << (COUNT_BITS + i * ID_BITS);
            } else {
                second |= (long) ids[from + i] << ((i - IN_A_LONG) * ID_BITS);
            }
        }
        int at = line(low, high);
        System.arraycopy(table, at, table, at + SLOT, SLOT);
        table[at] = low;
        table[at + 1] = high;
        table[at + 2] = first;
        table[at + 3] = second;
    }
}
