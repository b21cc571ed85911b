package dev.packtrain.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.encode.DroppedTokens;
import dev.packtrain.pipeline.encode.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The account of random rows adds up, and no figure of it can be off by one unnoticed. */
class AuditPropertyTest {
    private static final int MAX_LENGTH = 64;
    private static final PreparedWith WITH =
            new PreparedWith("rows.jsonl", "src_tgt", "reference", "best_fit_decreasing", 10, MAX_LENGTH, 1);

    private record Row(String source, Encoded encoded) {}

    private static List<Row> rows(Random random, int numRows) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < numRows; i++) {
            String source = "file-" + random.nextInt(3);
            if (i > 0 && random.nextInt(5) == 0) {
                rows.add(new Row(source, null));
                continue;
            }
            List<TokenizedExample> examples = new ArrayList<>();
            for (int e = random.nextInt(4) == 0 ? 3 : 1; e > 0; e--) {
                examples.add(example(i, 1 + random.nextInt(MAX_LENGTH), random));
            }
            DroppedTokens dropped = random.nextBoolean()
                    ? DroppedTokens.NONE
                    : new DroppedTokens(random.nextInt(3), random.nextInt(3), random.nextInt(3), random.nextInt(3));
            rows.add(new Row(source, new Encoded(examples, dropped)));
        }
        return rows;
    }

    private static TokenizedExample example(long id, int length, Random random) {
        int[] ids = random.ints(length, 0, 50).toArray();
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, random.nextInt(length), TokenizedExample.IGNORE_INDEX);
        return new TokenizedExample(id, ids, labels);
    }

    /** In groups of {@code groupSize}, handed in from the last to the first. */
    private static AuditTotals totals(List<Row> rows, int groupSize) {
        AuditTotals totals = new AuditTotals();
        for (int group = (rows.size() - 1) / groupSize; group >= 0; group--) {
            GroupFigures figures = new GroupFigures(MAX_LENGTH);
            for (Row row : rows.subList(group * groupSize, Math.min(rows.size(), (group + 1) * groupSize))) {
                if (row.encoded() == null) {
                    figures.rejected(row.source());
                } else {
                    figures.kept(row.source(), row.encoded());
                }
            }
            totals.add(group, figures.summary());
        }
        return totals;
    }

    /** Counted the plain way. */
    private static long[] counts(List<Row> rows) {
        long[] counts = new long[7];
        counts[0] = rows.size();
        for (Row row : rows) {
            if (row.encoded() == null) {
                counts[2]++;
                continue;
            }
            counts[1]++;
            counts[3] += row.encoded().isTruncated() ? 1 : 0;
            counts[4] += row.encoded().numTokens();
            counts[5] += row.encoded().examples().stream()
                    .mapToInt(TokenizedExample::numLabelTokens)
                    .sum();
            counts[6] += row.encoded().dropped().total();
        }
        return counts;
    }

    private static Manifest.Counts manifest(long[] counts) {
        return new Manifest.Counts(
                counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[0]);
    }

    @Property(tries = 150)
    void theAccountAddsUpHoweverRowsAreGrouped(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 60) int numRows,
            @ForAll @IntRange(min = 1, max = 20) int groupSize) {
        List<Row> rows = rows(new Random(seed), numRows);
        AuditTotals totals = totals(rows, groupSize);
        Audit audit = totals.audit(WITH, numRows, List.of());
        Manifest.Counts counts = manifest(counts(rows));

        audit.require(counts, LengthHistogram.of(totals.lengthCounts()));

        assertThat(audit.tokens().tokensBeforeLimits()).isEqualTo(counts.tokens() + counts.tokensDropped());
        assertThat(audit.sources())
                .isEqualTo(totals(rows, 7).audit(WITH, numRows, List.of()).sources());
        assertThat(totals.tokensDropped()).isEqualTo(counts.tokensDropped());
        assertThat(audit.sourceLengths().mean() * audit.examples() + counts.labelTokens())
                .isCloseTo((double) counts.tokens(), within(1e-6));
    }

    @Property(tries = 60)
    void everyCountThatIsOffByOneIsNoticed(@ForAll long seed, @ForAll @IntRange(min = 0, max = 6) int which) {
        List<Row> rows = rows(new Random(seed), 30);
        AuditTotals totals = totals(rows, 8);
        Audit audit = totals.audit(WITH, 30, List.of());
        long[] counts = counts(rows);
        // Rows under several causes count once, so that the number of truncated rows has a range; this leaves it.
        counts[which] += which == 3 ? 1000 : 1;

        assertThatThrownBy(() -> audit.require(manifest(counts), LengthHistogram.of(totals.lengthCounts())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Property(tries = 40)
    void manySourcesAreNamedAsFarAsTheReportGoes(@ForAll @IntRange(min = 1, max = 120) int numSources) {
        AuditTotals totals = new AuditTotals();
        GroupFigures figures = new GroupFigures(MAX_LENGTH);
        for (int source = 0; source < numSources; source++) {
            TokenizedExample example = example(source, 1 + source % MAX_LENGTH, new Random(source));
            figures.kept("file-" + source, new Encoded(List.of(example), DroppedTokens.NONE));
        }
        totals.add(0, figures.summary());

        List<SourceFigures> sources = totals.audit(WITH, 1, List.of()).sources();

        assertThat(sources).hasSizeLessThanOrEqualTo(SourceFigures.MAX_SOURCES);
        assertThat(sources.stream().mapToLong(SourceFigures::rowsRead).sum()).isEqualTo(numSources);
    }
}
