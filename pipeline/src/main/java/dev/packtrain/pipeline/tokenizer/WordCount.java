package dev.packtrain.pipeline.tokenizer;

import java.io.Serializable;
import java.util.Comparator;

/**
 * A word and how often it occurs.
 *
 * @param word not empty
 * @param count at least 1
 */
record WordCount(String word, long count) implements Serializable, Comparable<WordCount> {
    private static final Comparator<WordCount> FREQUENT_FIRST =
            Comparator.comparingLong(WordCount::count).reversed().thenComparing(WordCount::word);

    /** The most frequent first, then by the word. */
    @Override
    public int compareTo(WordCount other) {
        return FREQUENT_FIRST.compare(this, other);
    }
}
