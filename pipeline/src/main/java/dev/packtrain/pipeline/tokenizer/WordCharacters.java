package dev.packtrain.pipeline.tokenizer;

/** The characters of a word, in arrays that are kept from word to word. For one thread. */
final class WordCharacters {
    private static final int MIN_SIZE = 256;

    private final Characters table;
    private long[] entries = new long[MIN_SIZE];
    /** Where each starts in the text, and where the last ends. */
    private int[] starts = new int[MIN_SIZE + 1];

    WordCharacters(Characters table) {
        this.table = table;
    }

    /** Takes a word of one byte or more; returns how many characters it has. */
    int read(byte[] utf8, int from, int to) {
        if (to - from > entries.length) {
            resize(Math.max(to - from, 2 * entries.length));
        }
        int size = 0;
        for (int at = from; at < to; at += Utf8.length(utf8[at])) {
            entries[size] = table.entry(Utf8.codePoint(utf8, at));
            starts[size++] = at;
        }
        starts[size] = to;
        return size;
    }

    private void resize(int size) {
        entries = new long[size];
        starts = new int[size + 1];
    }

    /** Gives up arrays that are larger than for this many characters. */
    void shrink(int numCharacters) {
        if (entries.length > numCharacters) {
            resize(MIN_SIZE);
        }
    }

    /** What the table knows of a character. */
    long entry(int index) {
        return entries[index];
    }

    /** Whether a token may span the place after a character. */
    boolean joins(JoinFilter filter, int index) {
        return filter.joins(Characters.codePoint(entries[index]), Characters.codePoint(entries[index + 1]));
    }

    /** Where a character starts; of the number of characters, where the last one ends. */
    int start(int index) {
        return starts[index];
    }
}
