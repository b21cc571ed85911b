package dev.packtrain.pipeline.report;

import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.report.MethodPadding.Basis;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The figures of all groups, added up on the driver in whatever order they come; memory does not grow with the rows. */
public final class AuditTotals {
    /** The first so many groups also serve to try out the methods that need the lengths of single groups. */
    static final int GROUPS_TRIED = 4;

    private final Map<String, SourceFigures> sources = new HashMap<>();
    private final Tally lengths = new Tally();
    private final Tally sourceLengths = new Tally();
    private final Tally targetLengths = new Tally();
    private final TreeMap<Integer, Tally.Counts> firstGroups = new TreeMap<>();
    private final EnumMap<TruncationCause, TruncationCause.Loss> losses = new EnumMap<>(TruncationCause.class);
    private long rowsTruncated;
    private long batchedSlots;
    private long nextFitPacks;
    private long worstFitPacks;

    /** Adds the figures of a group; each number once. */
    public void add(int group, GroupFigures.Summary summary) {
        summary.sources().forEach(source -> sources.merge(source.name(), source, SourceFigures::plus));
        lengths.add(summary.lengths());
        sourceLengths.add(summary.sourceLengths());
        targetLengths.add(summary.targetLengths());
        firstGroups.put(group, summary.lengths());
        if (firstGroups.size() > GROUPS_TRIED) {
            firstGroups.pollLastEntry();
        }
        TruncationCause.addTo(losses, summary.losses());
        rowsTruncated += summary.rowsTruncated();
        batchedSlots += summary.batchedSlots();
        nextFitPacks += summary.nextFitPacks();
        worstFitPacks += summary.worstFitPacks();
    }

    /** At index n how many examples have n tokens. */
    public long[] lengthCounts() {
        return lengths.toArray();
    }

    /** Kept rows that lost tokens. */
    public long rowsTruncated() {
        return rowsTruncated;
    }

    /** Tokens that kept rows lost. */
    public long tokensDropped() {
        return losses.values().stream().mapToLong(TruncationCause.Loss::tokens).sum();
    }

    /** Slots of batches of {@value Padding#BATCH_SIZE} examples in input order, each padded to its longest. */
    public long batchedSlots() {
        return batchedSlots;
    }

    /**
     * The account.
     *
     * @param packs that were made
     */
    public Audit audit(PreparedWith with, long packs, List<RejectedRow> firstRejected) {
        List<SourceFigures> largest = largestSources();
        long tokens = largest.stream().mapToLong(SourceFigures::tokens).sum();
        long examples = largest.stream().mapToLong(SourceFigures::examples).sum();
        return new Audit(
                with,
                examples,
                TokenBalance.of(tokens, losses),
                largest,
                LengthStatistics.of(sourceLengths.toArray()),
                LengthStatistics.of(targetLengths.toArray()),
                paddings(with, examples, tokens, packs),
                firstRejected);
    }

    private List<SourceFigures> largestSources() {
        List<SourceFigures> all = new ArrayList<>(sources.values());
        all.sort(Comparator.comparingLong(SourceFigures::tokens).reversed().thenComparing(SourceFigures::name));
        if (all.size() <= SourceFigures.MAX_SOURCES) {
            return all;
        }
        List<SourceFigures> rest = all.subList(SourceFigures.MAX_SOURCES - 1, all.size());
        SourceFigures others = rest.stream()
                .reduce(SourceFigures.none("%d smaller sources".formatted(rest.size())), SourceFigures::plus);
        List<SourceFigures> largest = new ArrayList<>(all.subList(0, SourceFigures.MAX_SOURCES - 1));
        largest.add(others);
        return largest;
    }

    private MethodPadding tried(PackingMethod method, String key, int maxLength) {
        List<Tally.Counts> groups = List.copyOf(firstGroups.values());
        long examples = 0;
        long tokens = 0;
        for (Tally.Counts group : groups) {
            for (int i = 0; i < group.values().length; i++) {
                examples += group.counts()[i];
                tokens += group.values()[i] * group.counts()[i];
            }
        }
        long packs = GroupTrial.packs(method, groups, maxLength);
        return MethodPadding.of(key, Basis.FIRST_GROUPS, examples, tokens, packs, maxLength);
    }

    private List<MethodPadding> paddings(PreparedWith with, long examples, long tokens, long packs) {
        int maxLength = with.maxLength();
        List<MethodPadding> paddings = new ArrayList<>();
        paddings.add(MethodPadding.of("none", Basis.EXACT, examples, tokens, examples, maxLength));
        paddings.add(MethodPadding.of("next_fit", Basis.EXACT_BY_GROUP, examples, tokens, nextFitPacks, maxLength));
        paddings.add(MethodPadding.of("worst_fit", Basis.EXACT_BY_GROUP, examples, tokens, worstFitPacks, maxLength));
        long decreasing = HistogramPacks.bestFitDecreasing(lengths.toArray(), maxLength);
        paddings.add(MethodPadding.of("best_fit_decreasing", Basis.EXACT, examples, tokens, decreasing, maxLength));
        for (PackingMethod method : PackingMethod.values()) {
            String key = method.name().toLowerCase(Locale.ROOT);
            if (paddings.stream().noneMatch(padding -> padding.method().equals(key))
                    && !key.equals(with.packingMethod())) {
                paddings.add(tried(method, key, maxLength));
            }
        }
        paddings.removeIf(padding -> padding.method().equals(with.packingMethod()));
        paddings.add(MethodPadding.of(with.packingMethod(), Basis.MEASURED, examples, tokens, packs, maxLength));
        long bound = HistogramPacks.bound(tokens, maxLength);
        paddings.add(MethodPadding.of(MethodPadding.BOUND, Basis.EXACT, examples, tokens, bound, maxLength));
        return paddings;
    }
}
