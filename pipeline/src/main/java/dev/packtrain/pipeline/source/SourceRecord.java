package dev.packtrain.pipeline.source;

import java.util.List;

/**
 * A row that passed the checks: a dialogue of at least one turn.
 *
 * @param sources what each turn is asked, not blank
 * @param targets what each turn answers, not blank, as many as sources
 */
public record SourceRecord(List<String> sources, List<String> targets) {
    /** Copies the lists. */
    public SourceRecord {
        sources = List.copyOf(sources);
        targets = List.copyOf(targets);
        if (sources.isEmpty() || sources.size() != targets.size()) {
            throw new IllegalArgumentException("%d sources and %d targets; wanted as many, and one at least"
                    .formatted(sources.size(), targets.size()));
        }
    }

    /** Number of turns. */
    public int numTurns() {
        return sources.size();
    }
}
