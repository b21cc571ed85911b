package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import java.util.List;

/**
 * A row as tokens.
 *
 * @param examples what is left of it: one example, or several if it was split; all have the row's number as their id
 * @param dropped what the row lost to the length limits
 */
public record Encoded(List<TokenizedExample> examples, DroppedTokens dropped) {
    /** Copies the list. */
    public Encoded {
        examples = List.copyOf(examples);
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("a row that leaves no example; it is to be rejected instead");
        }
    }

    /** Whether the row lost anything. */
    public boolean isTruncated() {
        return dropped.total() > 0;
    }

    /** Tokens of all examples. */
    public int numTokens() {
        int sum = 0;
        for (TokenizedExample example : examples) {
            sum += example.length();
        }
        return sum;
    }
}
