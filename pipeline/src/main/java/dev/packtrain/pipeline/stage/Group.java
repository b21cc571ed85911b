package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.report.GroupFigures;
import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;

/** The rows of a group as they are read, in input order. */
final class Group {
    private final List<TokenizedExample> examples = new ArrayList<>();
    private final List<String> firstRejects = new ArrayList<>();
    private final TokenCounts.Counter labelTokens = new TokenCounts.Counter();
    private final GroupFigures figures;
    private final EnumMap<RejectReason, Long> rejectedByReason = new EnumMap<>(RejectReason.class);
    private long numRows;

    /** For packs of {@code maxLength} slots. */
    Group(int maxLength) {
        figures = new GroupFigures(maxLength);
    }

    /** A row that is kept, of a file. */
    void add(String file, Encoded kept) {
        numRows++;
        figures.kept(file, kept);
        kept.examples().forEach(this::add);
    }

    private void add(TokenizedExample example) {
        examples.add(example);
        // From 1 on: nothing precedes the first token, so the trainer takes no loss there.
        for (int i = 1; i < example.length(); i++) {
            if (example.labels()[i] != TokenizedExample.IGNORE_INDEX) {
                labelTokens.add(example.labels()[i]);
            }
        }
    }

    void add(Reject rejected) {
        numRows++;
        figures.rejected(rejected.location().file());
        rejectedByReason.merge(rejected.reason(), 1L, Long::sum);
        if (firstRejects.size() < GroupSummary.MAX_FIRST_REJECTS) {
            firstRejects.add(rejected.toSentence());
        }
    }

    List<TokenizedExample> examples() {
        return examples;
    }

    GroupSummary summary(int group, List<PackWriter.Staged> staged, String rejected) {
        return new GroupSummary(
                group,
                staged,
                rejected,
                new GroupSummary.RowFigures(numRows, rejectedByReason),
                List.copyOf(firstRejects),
                labelTokens.toCounts(),
                figures.summary());
    }
}
