package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/**
 * What the merges of a vocabulary make of each character of the basic plane, so that words of such characters need not
 * be merged byte by byte.
 *
 * <p>A character between two neighbours is <em>firm</em> if both places beside it are {@linkplain #isSafe safe}: then no
 * merge ever takes a part of it over to a neighbour, whatever stands farther away, and it is merged by itself before
 * anything else happens to it. So a word can be cut between two firm characters that no token spans
 * ({@link JoinFilter}), and a stretch of firm characters that are tokens can be merged from those tokens on.
 * {@link CharacterMerges} says why.
 */
final class Characters {
    /** Code points in the table. */
    static final int SIZE = 1 << 16;

    /** The class of characters beside which nothing is safe. */
    static final int UNSAFE = 0;

    /** Classes are below this. */
    static final int MAX_CLASSES = 1 << 13;

    /** A character that is not in the table. */
    private static final long UNKNOWN = 0;

    private static final int ID_MASK = MergeTable.MAX_IDS - 1;
    private static final long TOKEN = MergeTable.MAX_IDS;
    private static final int LEFT_SHIFT = 21;
    private static final int RIGHT_SHIFT = 34;
    private static final int CODE_POINT_SHIFT = 47;
    private static final int CLASS_MASK = MAX_CLASSES - 1;

    private final long[] entries = new long[SIZE];
    private final int rightClasses;
    private final long[] unsafe;

    /** Without characters, of so many classes, {@link #UNSAFE} included. */
    Characters(int leftClasses, int rightClasses) {
        this.rightClasses = rightClasses;
        this.unsafe = new long[(leftClasses * rightClasses + Long.SIZE - 1) / Long.SIZE];
        Arrays.fill(entries, UNKNOWN);
        for (int left = 0; left < leftClasses; left++) {
            setUnsafe(left, UNSAFE);
        }
        for (int right = 0; right < rightClasses; right++) {
            setUnsafe(UNSAFE, right);
        }
    }

    /** Says that the place between characters of two classes is not safe. */
    void setUnsafe(int left, int right) {
        int bit = left * rightClasses + right;
        unsafe[bit >>> 6] |= 1L << bit;
    }

    /**
     * Enters a character.
     *
     * @param id the token that it can be merged from on, or -1
     * @param left its class as the left one of two neighbours
     * @param right its class as the right one
     */
    void put(int codePoint, int id, int left, int right) {
        entries[codePoint] = (id < 0 ? 0 : TOKEN | id)
                | ((long) left << LEFT_SHIFT)
                | ((long) right << RIGHT_SHIFT)
                | ((long) codePoint << CODE_POINT_SHIFT);
    }

    /** What is known of a character. */
    long entry(int codePoint) {
        return codePoint < SIZE ? entries[codePoint] : UNKNOWN;
    }

    /** Whether a firm character of this entry is a token from the start. */
    static boolean isToken(long entry) {
        return (entry & TOKEN) != 0;
    }

    /** That token. */
    static int id(long entry) {
        return (int) entry & ID_MASK;
    }

    /** The character; 0 if it is not in the table. */
    static int codePoint(long entry) {
        return (int) (entry >>> CODE_POINT_SHIFT);
    }

    /** Whether no merge takes a part of one of two neighbours over to the other. */
    boolean isSafe(long left, long right) {
        int bit = ((int) (left >>> LEFT_SHIFT) & CLASS_MASK) * rightClasses
                + ((int) (right >>> RIGHT_SHIFT) & CLASS_MASK);
        return (unsafe[bit >>> 6] & (1L << bit)) == 0;
    }
}
