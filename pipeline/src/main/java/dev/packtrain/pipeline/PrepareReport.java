package dev.packtrain.pipeline;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.report.Audit;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.Padding;
import dev.packtrain.pipeline.stats.Distribution;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run of {@link Prepare} did: the content of {@code report.json}, there one flat object in snake case.
 *
 * @param counts rows, tokens and packs; the same as in the manifest
 * @param padding how much of the slots is padding, packed and not
 * @param rejectedByReason rows by the reason for which they were rejected; a reason that never occurred is absent
 * @param lengths how long the kept examples are
 * @param targetUnigramLoss nats a label token, see {@link dev.packtrain.pipeline.report.UnigramLoss}
 * @param seconds wall-clock time by stage, and {@code total}
 * @param distributions of runs with cleaning, from MLlib: {@code source_chars} and {@code target_chars} of the rows before
 *     it (quantiles approximate); empty without
 * @param audit where every row and every token went
 */
public record PrepareReport(
        @JsonUnwrapped Manifest.Counts counts,
        @JsonUnwrapped Padding padding,
        Map<String, Long> rejectedByReason,
        @JsonUnwrapped LengthHistogram lengths,
        double targetUnigramLoss,
        Map<String, Double> seconds,
        Map<String, Distribution> distributions,
        @JsonUnwrapped Audit audit) {
    /** Name of the file in the directory of a data set. */
    public static final String FILE_NAME = "report.json";

    /**
     * Checks that the account adds up.
     *
     * @throws IllegalStateException if a row or a token is missing or there twice
     */
    public PrepareReport {
        rejectedByReason = Collections.unmodifiableMap(new TreeMap<>(rejectedByReason));
        seconds = Collections.unmodifiableMap(new TreeMap<>(seconds));
        distributions = Collections.unmodifiableMap(new TreeMap<>(distributions));
        long byReason =
                rejectedByReason.values().stream().mapToLong(Long::longValue).sum();
        if (counts.rowsRead() != counts.rowsKept() + counts.rowsRejected() || byReason != counts.rowsRejected()) {
            throw new IllegalStateException("%d rows were read, %d kept, %d rejected and %d rejected for a reason"
                    .formatted(counts.rowsRead(), counts.rowsKept(), counts.rowsRejected(), byReason));
        }
        audit.require(counts, lengths);
    }

    /** Of a run without cleaning. */
    public PrepareReport(
            Manifest.Counts counts,
            Padding padding,
            Map<String, Long> rejectedByReason,
            LengthHistogram lengths,
            double targetUnigramLoss,
            Map<String, Double> seconds,
            Audit audit) {
        this(counts, padding, rejectedByReason, lengths, targetUnigramLoss, seconds, Map.of(), audit);
    }

    /** As the text of {@code report.json}. */
    public String toJson() {
        return ReportJson.write(this);
    }

    /**
     * From the text of {@code report.json}.
     *
     * @param where what to call the text in an error: its path
     * @throws BadInputException if the text is no such report, or one that does not add up
     */
    public static PrepareReport fromJson(String json, String where) {
        return ReportJson.read(json, where);
    }
}
