package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.source.RejectReason;

/** {@code overflow}: what becomes of a row with more than {@code max_length} tokens. */
public enum Overflow {
    /**
     * It is cut: the oldest turns are dropped, the last turn's source is cut to {@code src_length} tokens, and what is
     * still too long loses the end of its target. The only policy under which {@code src_length} counts.
     */
    TRUNCATE,
    /**
     * It becomes several examples, cut between turns where one is near enough, else anywhere. Every token stands in one
     * example, but for pieces in which nothing takes a loss, which are dropped and counted.
     */
    SPLIT,
    /** It is rejected: {@link RejectReason#OVERFLOW}. */
    DROP,
    /** The run fails. */
    ERROR
}
