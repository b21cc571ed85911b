package dev.packtrain.pipeline.tokenizer;

import java.util.OptionalInt;

/** Turns text into token ids and back. Safe for use by several threads. */
public interface Tokenizer extends AutoCloseable {
    /**
     * Tokenises a text, neither padded nor cut.
     *
     * @param text any text without NUL and without lone surrogates
     * @param addSpecialTokens whether the tokenizer adds what it adds to a sequence, such as BOS
     * @return the ids, maybe none
     */
    int[] encode(String text, boolean addSpecialTokens);

    /**
     * Tokenises a text as {@link #encode} does, and says where in the text each token comes from.
     *
     * @throws IllegalArgumentException if the text has a lone surrogate
     */
    TokenOffsets encodeWithOffsets(String text, boolean addSpecialTokens);

    /**
     * The text of ids.
     *
     * @param skipSpecialTokens whether special tokens leave no trace in the text
     */
    String decode(int[] ids, boolean skipSpecialTokens);

    /** The token that ends a target. */
    int eosTokenId();

    /** The token that starts a sequence, if there is one. */
    OptionalInt bosTokenId();

    /** One more than the largest id. */
    int vocabSize();

    /** SHA-256 of {@code tokenizer.json}, 64 lower-case hexadecimal digits. */
    String sha256();

    /** Which way of tokenising this is and why, in one phrase for reports. */
    String description();

    /** Frees what it holds outside the heap. */
    @Override
    void close();
}
