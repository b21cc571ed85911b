package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.stats.Distribution;
import java.io.Serializable;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What cleaning did.
 *
 * @param rowsIn rows that passed the checks, so that cleaning looked at them
 * @param removed rows taken out by reason; a reason that never occurred is absent
 * @param examples of every reason the first few rows, by number
 * @param lengthsIn Unicode characters of {@code source_chars} and {@code target_chars} of the rows that came in, from
 *     which to choose limits; quantiles are approximate, see {@link dev.packtrain.pipeline.stats.LengthTables}
 */
public record CleaningReport(
        long rowsIn,
        Map<RejectReason, Long> removed,
        Map<RejectReason, List<Example>> examples,
        Map<String, Distribution> lengthsIn) {
    /** Examples of a reason at most. */
    public static final int MAX_EXAMPLES = 3;

    /** Of no rows. */
    static final CleaningReport NONE =
            new CleaningReport(0, new EnumMap<>(RejectReason.class), new EnumMap<>(RejectReason.class), Map.of());

    /** Checks that no more rows leave than enter. */
    public CleaningReport {
        removed = Collections.unmodifiableMap(new EnumMap<>(removed));
        examples = Collections.unmodifiableMap(new EnumMap<>(examples));
        lengthsIn = Collections.unmodifiableMap(new LinkedHashMap<>(lengthsIn));
        long all = removed.values().stream().mapToLong(Long::longValue).sum();
        if (all > rowsIn) {
            throw new IllegalStateException("%d of %d rows were taken out".formatted(all, rowsIn));
        }
    }

    /**
     * A row that was taken out.
     *
     * @param row its number
     * @param detail why
     */
    public record Example(long row, String detail) implements Serializable {}

    /** Rows taken out. */
    public long rowsRemoved() {
        return removed.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Rows that stay. */
    public long rowsKept() {
        return rowsIn - rowsRemoved();
    }

    /** How many rows go, and why, for people. */
    public String toSentence() {
        String reasons = removed.entrySet().stream()
                .map(each -> each.getKey().key() + " " + each.getValue())
                .collect(Collectors.joining(", "));
        return "%d of %d rows go%s".formatted(rowsRemoved(), rowsIn, reasons.isEmpty() ? "" : ": " + reasons);
    }

    /** The counts and first rows of some removals; parts of the whole add up in any order. */
    static final class Tally implements Serializable {
        private final EnumMap<RejectReason, Long> removed = new EnumMap<>(RejectReason.class);
        private final EnumMap<RejectReason, List<Example>> examples = new EnumMap<>(RejectReason.class);

        void add(long row, Removal removal) {
            removed.merge(removal.reason(), 1L, Long::sum);
            examples.merge(removal.reason(), List.of(new Example(row, removal.detail())), Tally::first);
        }

        void add(Tally other) {
            other.removed.forEach((reason, count) -> removed.merge(reason, count, Long::sum));
            other.examples.forEach((reason, rows) -> examples.merge(reason, rows, Tally::first));
        }

        private static List<Example> first(List<Example> some, List<Example> others) {
            return Stream.concat(some.stream(), others.stream())
                    .sorted(Comparator.comparingLong(Example::row))
                    .limit(MAX_EXAMPLES)
                    .toList();
        }

        CleaningReport report(Map<String, Distribution> lengthsIn) {
            long rowsIn = lengthsIn.values().iterator().next().count();
            return new CleaningReport(rowsIn, removed, examples, lengthsIn);
        }
    }
}
