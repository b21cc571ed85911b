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
 * @param shard the staged shard, null if the group fills no pack
 * @param carried examples that are left to the next level, null if there are none
 * @param rejected the staged file of rejected rows, null if there are none
 * @param rows figures of the rows
 * @param firstRejects the first few rejected rows, as sentences
 * @param labelTokens how often each token takes a loss
 * @param figures what the report says of the rows
 */
public record GroupSummary(
        int group,
        StagedShard shard,
        CarriedFile carried,
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
     */
    public record StagedShard(
            String file, int packs, long examples, long tokens, long labelTokens, long bytes, String sha256)
            implements Serializable {
        static StagedShard of(String file, ShardSummary summary) {
            return new StagedShard(
                    file,
                    summary.rows(),
                    summary.examples(),
                    summary.tokens(),
                    summary.labelTokens(),
                    summary.bytes(),
                    summary.sha256());
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
