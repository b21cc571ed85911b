package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.ShardSummary;
import dev.packtrain.pipeline.report.GroupFigures;
import dev.packtrain.pipeline.source.RejectReason;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;

/**
 * What a task made of a group: its staged files and its figures, small however large the group is.
 *
 * @param group number of the group
 * @param staged of every length bucket, what was packed and what is left to the next level
 * @param rejected the staged file of rejected rows, null if there are none
 * @param rows figures of the rows
 * @param firstRejects the first few rejected rows, as sentences
 * @param labelTokens how often each token takes a loss
 * @param figures what the report says of the rows
 */
public record GroupSummary(
        int group,
        List<PackWriter.Staged> staged,
        String rejected,
        RowFigures rows,
        List<String> firstRejects,
        TokenCounts labelTokens,
        GroupFigures.Summary figures)
        implements Serializable {
    /** Rejected rows that an error message shows. */
    public static final int MAX_FIRST_REJECTS = 3;

    /**
     * A shard that is written but not yet in its place.
     *
     * @param file name in the staging directory
     * @param bucket its length bucket, 0 if there are none
     */
    public record StagedShard(
            String file, int packs, long examples, long tokens, long labelTokens, long bytes, String sha256, int bucket)
            implements Serializable {
        static StagedShard of(String file, ShardSummary summary, int bucket) {
            return new StagedShard(
                    file,
                    summary.rows(),
                    summary.examples(),
                    summary.tokens(),
                    summary.labelTokens(),
                    summary.bytes(),
                    summary.sha256(),
                    bucket);
        }
    }

    /**
     * Figures of the rows.
     *
     * @param read all rows
     * @param rejectedByReason rows put aside
     */
    public record RowFigures(long read, EnumMap<RejectReason, Long> rejectedByReason) implements Serializable {}
}
