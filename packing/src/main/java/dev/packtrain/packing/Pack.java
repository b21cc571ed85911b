package dev.packtrain.packing;

import java.util.List;

/**
 * One fixed-length training sequence before padding: whole examples side by side.
 *
 * @param examples at least one, all of one kind, in the order in which they stand in the sequence
 */
public record Pack(List<TokenizedExample> examples) {
    public Pack {
        examples = List.copyOf(examples);
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("a pack holds at least one example");
        }
        ExampleKind kind = examples.get(0).kind();
        for (TokenizedExample example : examples) {
            if (example.kind() != kind) {
                throw new IllegalArgumentException("a pack holds examples of one kind; got %s and %s"
                        .formatted(kind.key(), example.kind().key()));
            }
        }
    }

    /** What its examples are. */
    public ExampleKind kind() {
        return examples.get(0).kind();
    }

    /** Number of tokens without padding. */
    public int numTokens() {
        int sum = 0;
        for (TokenizedExample example : examples) {
            sum += example.length();
        }
        return sum;
    }

    /** Number of tokens that take a loss, see {@link TokenizedExample#numLabelTokens()}. */
    public int numLabelTokens() {
        int sum = 0;
        for (TokenizedExample example : examples) {
            sum += example.numLabelTokens();
        }
        return sum;
    }
}
