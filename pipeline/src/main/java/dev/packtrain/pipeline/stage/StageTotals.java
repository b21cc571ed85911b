package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.report.AuditTotals;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The summaries of all groups, added up on the driver as they come in. */
public final class StageTotals {
    /** What remains of a group's summary; the file of rejected rows may be null. */
    private record StagedGroup(List<PackWriter.Staged> buckets, String rejected) {}

    private final StagedGroup[] groups;
    private final List<GroupSummary.StagedShard> higherShards = new ArrayList<>();
    private final List<List<String>> firstRejects;
    private final EnumMap<RejectReason, Long> rejectedByReason = new EnumMap<>(RejectReason.class);
    private long[] labelTokens = new long[0];
    private final AuditTotals audit = new AuditTotals();
    private long rowsRead;
    private int numGroupsDone;

    StageTotals(int numGroups) {
        groups = new StagedGroup[numGroups];
        firstRejects = new ArrayList<>(Collections.nCopies(numGroups, List.of()));
    }

    void add(GroupSummary summary) {
        groups[summary.group()] = new StagedGroup(summary.staged(), summary.rejected());
        firstRejects.set(summary.group(), summary.firstRejects());
        GroupSummary.RowFigures rows = summary.rows();
        rows.rejectedByReason().forEach((reason, count) -> rejectedByReason.merge(reason, count, Long::sum));
        labelTokens = summary.labelTokens().addTo(labelTokens);
        audit.add(summary.group(), summary.figures());
        rowsRead += rows.read();
        numGroupsDone++;
    }

    int numGroups() {
        return groups.length;
    }

    int numGroupsDone() {
        return numGroupsDone;
    }

    /** What each group of rows carried of a length bucket, null where it is nothing. */
    List<CarriedFile> carried(int bucket) {
        List<CarriedFile> carried = new ArrayList<>(groups.length);
        for (StagedGroup group : groups) {
            carried.add(group.buckets().get(bucket).carried());
        }
        return carried;
    }

    /** Adds the shard of a group of carried examples, in the order of the groups. */
    void addHigher(GroupSummary.StagedShard shard) {
        higherShards.add(shard);
    }

    /** The staged shards: those of the groups of rows in the order of their rows, then those of what was carried. */
    public List<GroupSummary.StagedShard> shards() {
        return Stream.concat(
                        Arrays.stream(groups)
                                .flatMap(group -> group.buckets().stream())
                                .map(PackWriter.Staged::shard),
                        higherShards.stream())
                .filter(Objects::nonNull)
                .toList();
    }

    /** The staged files of rejected rows in the order of their rows. */
    public List<String> rejectedFiles() {
        return Arrays.stream(groups)
                .map(StagedGroup::rejected)
                .filter(Objects::nonNull)
                .toList();
    }

    /** The first few rejected rows of the input, each as file, line and reason. */
    public List<String> firstRejects() {
        return firstRejects.stream()
                .flatMap(List::stream)
                .limit(GroupSummary.MAX_FIRST_REJECTS)
                .toList();
    }

    /** Rows put aside, by reason. */
    public Map<RejectReason, Long> rejectedByReason() {
        return rejectedByReason;
    }

    /** Rows put aside. */
    public long rowsRejected() {
        return rejectedByReason.values().stream().mapToLong(Long::longValue).sum();
    }

    /** All rows. */
    public long rowsRead() {
        return rowsRead;
    }

    /** What the report says of the rows. */
    public AuditTotals audit() {
        return audit;
    }

    /** At index t how often token t takes a loss. */
    public long[] labelTokenCounts() {
        return labelTokens.clone();
    }
}
