package dev.packtrain.pipeline.report;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.encode.DroppedTokens;
import dev.packtrain.pipeline.encode.Encoded;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what the report needs of a packing group, row by row in input order; on an executor. */
public final class GroupFigures {
    private final WindowedSlots windows;
    private final Map<String, RowCount> sources = new LinkedHashMap<>();
    private final Tally lengths = new Tally();
    private final Tally sourceLengths = new Tally();
    private final Tally targetLengths = new Tally();
    private final EnumMap<TruncationCause, TruncationCause.Loss> losses = new EnumMap<>(TruncationCause.class);
    private long rowsTruncated;
    private String lastName;
    private RowCount lastSource;

    /** For packs of {@code maxLength} slots. */
    public GroupFigures(int maxLength) {
        windows = new WindowedSlots(maxLength);
    }

    /**
     * All figures of a group, small however many rows it has.
     *
     * @param sources by source, in the order in which they came
     * @param lengths of the examples
     * @param sourceLengths tokens of each example that take no loss
     * @param targetLengths tokens of each example that do
     * @param losses tokens that kept rows lost, and how many rows, which may be under several causes
     * @param rowsTruncated kept rows that lost any, each once
     * @param batchedSlots slots of batches of 8
     * @param nextFitPacks packs that next-fit would make
     * @param worstFitPacks packs that PaddleNLP's greedy zero padding would make
     */
    public record Summary(
            List<SourceFigures> sources,
            Tally.Counts lengths,
            Tally.Counts sourceLengths,
            Tally.Counts targetLengths,
            EnumMap<TruncationCause, TruncationCause.Loss> losses,
            long rowsTruncated,
            long batchedSlots,
            long nextFitPacks,
            long worstFitPacks)
            implements Serializable {}

    private static final class RowCount {
        private long kept;
        private long rejected;
        private long examples;
        private long tokens;
        private long labelTokens;
        private long dropped;

        SourceFigures figures(String name) {
            return new SourceFigures(name, kept + rejected, kept, rejected, examples, tokens, labelTokens, dropped);
        }
    }

    /** A row that is kept, of a file or data set. */
    public void kept(String source, Encoded row) {
        RowCount count = source(source);
        DroppedTokens dropped = row.dropped();
        count.kept++;
        count.dropped += dropped.total();
        if (row.isTruncated()) {
            rowsTruncated++;
            TruncationCause.count(dropped, losses);
        }
        for (TokenizedExample example : row.examples()) {
            int labelTokens = example.numLabelTokens();
            count.examples++;
            count.tokens += example.length();
            count.labelTokens += labelTokens;
            lengths.add(example.length());
            sourceLengths.add(example.length() - labelTokens);
            targetLengths.add(labelTokens);
            windows.add(example.length());
        }
    }

    /** A row that is put aside. */
    public void rejected(String source) {
        source(source).rejected++;
    }

    private RowCount source(String name) {
        // Rows of a file come together.
        if (!name.equals(lastName)) {
            lastName = name;
            lastSource = sources.computeIfAbsent(name, unused -> new RowCount());
        }
        return lastSource;
    }

    /** What was counted. */
    public Summary summary() {
        return new Summary(
                sources.entrySet().stream()
                        .map(source -> source.getValue().figures(source.getKey()))
                        .toList(),
                lengths.counts(),
                sourceLengths.counts(),
                targetLengths.counts(),
                losses,
                rowsTruncated,
                windows.batchedSlots(),
                windows.nextFitPacks(),
                windows.worstFitPacks());
    }
}
