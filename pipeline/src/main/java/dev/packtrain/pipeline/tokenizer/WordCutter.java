package dev.packtrain.pipeline.tokenizer;

/**
 * A pattern that cuts text into words, written out by hand: each finds the same words as the regular expression of its
 * name, in one pass over the bytes. It holds no state.
 */
sealed interface WordCutter permits Gpt2Words, Cl100kWords {
    /**
     * Finds the next word.
     *
     * @param utf8 well-formed UTF-8
     * @param from where the word starts
     * @param to the end of the text, after {@code from}; nothing is known of what comes after
     * @return the end of the word, after {@code from}
     */
    int end(byte[] utf8, int from, int to);
}
