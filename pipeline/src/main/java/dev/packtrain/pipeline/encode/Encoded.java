package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;

/**
 * A row as tokens.
 *
 * @param example what is left of it
 * @param numDropped tokens, EOS included, that the row lost to the length limits
 */
public record Encoded(TokenizedExample example, int numDropped) {
    /** Whether the row lost anything. */
    public boolean isTruncated() {
        return numDropped > 0;
    }
}
