package dev.packtrain.pipeline.encode;

/**
 * Tokens that a row lost to the length limits, EOS included, by where they stood. What a row has before cutting is what
 * its examples have plus {@link #total()}.
 *
 * @param source of the last turn's source, beyond {@code src_length}
 * @param target of a target's end, beyond {@code max_length}
 * @param turns of the oldest turns, dropped whole
 * @param remainder of pieces of a split row in which nothing takes a loss
 */
public record DroppedTokens(int source, int target, int turns, int remainder) {
    /** Nothing was lost. */
    public static final DroppedTokens NONE = new DroppedTokens(0, 0, 0, 0);

    /** All of them. */
    public int total() {
        return source + target + turns + remainder;
    }
}
