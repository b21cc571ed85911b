package dev.packtrain.packing;

import java.util.List;

/**
 * One fixed-length training sequence before padding: whole examples side by side.
 *
 * @param examples at least one, in the order in which they stand in the sequence
 */
public record Pack(List<TokenizedExample> examples) {
    public Pack {
        examples = List.copyOf(examples);
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("a pack holds at least one example");
        }
    }

    /** Number of tokens without padding. */
    public int numTokens() {
        return examples.stream().mapToInt(TokenizedExample::length).sum();
    }

    /** Number of tokens that take a loss, see {@link TokenizedExample#numLabelTokens()}. */
    public int numLabelTokens() {
        return examples.stream().mapToInt(TokenizedExample::numLabelTokens).sum();
    }
}
