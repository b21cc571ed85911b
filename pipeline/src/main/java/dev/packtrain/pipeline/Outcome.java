package dev.packtrain.pipeline;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.Padding;
import dev.packtrain.pipeline.report.PreparedWith;
import dev.packtrain.pipeline.report.RejectedRow;
import dev.packtrain.pipeline.report.UnigramLoss;
import dev.packtrain.pipeline.stage.GroupSummary.StagedShard;
import dev.packtrain.pipeline.stage.StageTotals;
import dev.packtrain.pipeline.stats.Distribution;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** The figures of a run that manifest and report share, worked out once. */
final class Outcome {
    private static final String CREATED_BY =
            createdBy(Outcome.class.getPackage().getImplementationVersion());

    private final PrepareOptions options;
    private final StageTotals totals;
    private final Manifest.Counts counts;
    private final Padding padding;
    private final double unigramLoss;

    Outcome(PrepareOptions options, StageTotals totals) {
        this.options = options;
        this.totals = totals;
        List<StagedShard> shards = totals.shards();
        long kept = totals.rowsRead() - totals.rowsRejected();
        long examples = shards.stream().mapToLong(StagedShard::examples).sum();
        long tokens = shards.stream().mapToLong(StagedShard::tokens).sum();
        long packs = shards.stream().mapToLong(StagedShard::packs).sum();
        int maxLength = options.encode().maxLength();
        this.counts = new Manifest.Counts(
                totals.rowsRead(),
                kept,
                totals.rowsRejected(),
                totals.audit().rowsTruncated(),
                tokens,
                shards.stream().mapToLong(StagedShard::labelTokens).sum(),
                totals.audit().tokensDropped(),
                packs);
        this.padding = new Padding(
                Padding.ratio(tokens, packs * maxLength),
                Padding.ratio(tokens, totals.audit().batchedSlots()),
                Padding.ratio(tokens, examples * maxLength));
        this.unigramLoss = UnigramLoss.of(totals.labelTokenCounts());
    }

    /** @param version of the jar, or null if the classes are in none */
    static String createdBy(String version) {
        return version == null ? "packtrain" : "packtrain " + version;
    }

    /**
     * The manifest of a first version; the commit makes it that of a later one where it is one.
     *
     * @param shardName name of each shard by its number
     */
    Manifest manifest(Tokenizer tokenizer, List<String> inputs, IntFunction<String> shardName) {
        List<Manifest.ShardEntry> shards = new ArrayList<>();
        for (StagedShard shard : totals.shards()) {
            shards.add(Manifest.ShardEntry.of(shardName.apply(shards.size()), summary(shard), shard.bucket()));
        }
        OptionalInt bos = tokenizer.bosTokenId();
        return new Manifest(
                Manifest.FORMAT_VERSION,
                CREATED_BY,
                1,
                1,
                new Manifest.TokenizerInfo(
                        tokenizer.sha256(),
                        tokenizer.vocabSize(),
                        tokenizer.eosTokenId(),
                        bos.isPresent() ? bos.getAsInt() : null),
                options.encode().maxLength(),
                options.exampleKind(),
                options.packing().method(),
                options.packing().groupSize(),
                options.seed(),
                counts,
                padding.packed(),
                unigramLoss,
                inputs,
                shards);
    }

    private static ShardSummary summary(StagedShard shard) {
        return new ShardSummary(
                shard.packs(), shard.examples(), shard.tokens(), shard.labelTokens(), shard.bytes(), shard.sha256());
    }

    /** The report. */
    PrepareReport report(
            Tokenizer tokenizer,
            List<RejectedRow> firstRejected,
            Map<String, Double> seconds,
            Map<String, Distribution> distributions) {
        Map<String, Long> rejected = new TreeMap<>();
        totals.rejectedByReason().forEach((reason, count) -> rejected.put(reason.key(), count));
        PreparedWith with = new PreparedWith(
                options.source().path(),
                options.source().format().key(),
                tokenizer.description(),
                options.packing().method().name().toLowerCase(Locale.ROOT),
                options.packing().groupSize(),
                options.encode().maxLength(),
                options.seed());
        return new PrepareReport(
                counts,
                padding,
                rejected,
                LengthHistogram.of(totals.audit().lengthCounts()),
                unigramLoss,
                seconds,
                distributions,
                totals.audit().audit(with, counts.packs(), firstRejected));
    }
}
