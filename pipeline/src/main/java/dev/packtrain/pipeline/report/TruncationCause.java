package dev.packtrain.pipeline.report;

import dev.packtrain.pipeline.encode.DroppedTokens;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Where the tokens stood that a kept row lost. */
public enum TruncationCause {
    /** In the last turn's source, beyond {@code src_length}. */
    SOURCE_CUT,
    /** At a target's end, beyond {@code max_length}. */
    TARGET_CUT,
    /** In the oldest turns, which were dropped whole. */
    OLDEST_TURNS,
    /** In pieces of a split row in which nothing takes a loss. */
    SPLIT_REMAINDER;

    /**
     * What was lost for one cause.
     *
     * @param rows kept rows that lost tokens
     * @param tokens that they lost
     */
    public record Loss(long rows, long tokens) implements Serializable {
        private Loss plus(Loss other) {
            return new Loss(rows + other.rows, tokens + other.tokens);
        }
    }

    /** Adds what a row lost. */
    static void count(DroppedTokens dropped, Map<TruncationCause, Loss> losses) {
        for (TruncationCause cause : values()) {
            int tokens = cause.tokens(dropped);
            if (tokens > 0) {
                losses.merge(cause, new Loss(1, tokens), Loss::plus);
            }
        }
    }

    /** Adds some losses to others. */
    static void addTo(EnumMap<TruncationCause, Loss> totals, Map<TruncationCause, Loss> losses) {
        losses.forEach((cause, loss) -> totals.merge(cause, loss, Loss::plus));
    }

    /** Tokens lost there. */
    int tokens(DroppedTokens dropped) {
        return switch (this) {
            case SOURCE_CUT -> dropped.source();
            case TARGET_CUT -> dropped.target();
            case OLDEST_TURNS -> dropped.turns();
            case SPLIT_REMAINDER -> dropped.remainder();
        };
    }

    /** As the report names it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
