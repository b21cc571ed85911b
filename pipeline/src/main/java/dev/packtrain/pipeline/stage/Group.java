package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.report.Padding;
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
    private final TokenCounts.Counter lengths = new TokenCounts.Counter();
    private final EnumMap<RejectReason, Long> rejectedByReason = new EnumMap<>(RejectReason.class);
    private long numRows;
    private long numTruncated;
    private long numDropped;
    private long batchedSlots;
    private int batchSize;
    private int batchLongest;

    void add(Encoded kept) {
        numRows++;
        numTruncated += kept.isTruncated() ? 1 : 0;
        numDropped += kept.dropped().total();
        kept.examples().forEach(this::add);
    }

    private void add(TokenizedExample example) {
        examples.add(example);
        lengths.add(example.length());
        // From 1 on: nothing precedes the first token, so the trainer takes no loss there.
        for (int i = 1; i < example.length(); i++) {
            if (example.labels()[i] != TokenizedExample.IGNORE_INDEX) {
                labelTokens.add(example.labels()[i]);
            }
        }
        addToBatch(example.length());
    }

    void add(Reject rejected) {
        numRows++;
        rejectedByReason.merge(rejected.reason(), 1L, Long::sum);
        if (firstRejects.size() < GroupSummary.MAX_FIRST_REJECTS) {
            firstRejects.add(rejected.toSentence());
        }
    }

    private void addToBatch(int length) {
        if (batchSize == Padding.BATCH_SIZE) {
            closeBatch();
        }
        batchSize++;
        batchLongest = Math.max(batchLongest, length);
    }

    private void closeBatch() {
        batchedSlots += (long) batchSize * batchLongest;
        batchSize = 0;
        batchLongest = 0;
    }

    List<TokenizedExample> examples() {
        return examples;
    }

    GroupSummary summary(int group, GroupSummary.StagedShard shard, String rejected) {
        closeBatch();
        return new GroupSummary(
                group,
                shard,
                rejected,
                new GroupSummary.RowFigures(numRows, numTruncated, numDropped, batchedSlots, rejectedByReason),
                List.copyOf(firstRejects),
                labelTokens.toCounts(),
                lengths.toCounts());
    }
}
