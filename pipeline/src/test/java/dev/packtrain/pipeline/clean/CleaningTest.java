package dev.packtrain.pipeline.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.LocalSpark;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.sample.SampleRow;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** {@link Cleaning} on planted rows. */
class CleaningTest {
    private static final int NUM_ROWS = 400;

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Rows of the generator that share no near-duplicates: their own number is a long part of the text. */
    static List<CleanRecord> rows(int numRows) {
        SampleGenerator generator = new SampleGenerator(11);
        List<CleanRecord> rows = new ArrayList<>();
        for (int i = 0; i < numRows; i++) {
            SampleRow row = generator.row(i);
            rows.add(CleanRecord.of(row.src(), row.tgt()));
        }
        return rows;
    }

    static JavaPairRDD<Long, CleanRecord> rdd(List<CleanRecord> rows, int partitions, long shuffleSeed) {
        List<Tuple2<Long, CleanRecord>> numbered = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            numbered.add(new Tuple2<>((long) i, rows.get(i)));
        }
        Collections.shuffle(numbered, new Random(shuffleSeed));
        return JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelizePairs(numbered, partitions);
    }

    private static Map<Long, Removal> clean(List<CleanRecord> rows, CleanOptions options, List<CleanRecord> heldOut) {
        JavaPairRDD<Long, CleanRecord> against = heldOut == null ? null : rdd(heldOut, 2, 1);
        try (Removals removals = Cleaning.run(spark, rdd(rows, 3, 5), options, RowSample.ALL, against)) {
            Map<Long, Removal> all = new TreeMap<>(removals.rows().collectAsMap());
            assertThat(removals.rows().count()).isEqualTo(all.size());
            assertThat(removals.report().rowsIn()).isEqualTo(rows.size());
            assertThat(removals.report().rowsRemoved()).isEqualTo(all.size());
            return all;
        }
    }

    @Test
    void ofEqualRowsTheFirstStays() {
        List<CleanRecord> rows = rows(40);
        rows.set(7, rows.get(3));
        rows.set(39, rows.get(3));
        rows.set(20, CleanRecord.of(rows.get(4).source() + " ", rows.get(4).target()));
        rows.set(21, CleanRecord.of("Red  dress", "A dress."));
        rows.set(22, CleanRecord.of("red dress", "a dress."));
        rows.set(23, CleanRecord.of("red", "dress a dress."));
        CleanOptions exact = CleanOptions.OFF.with(Dedup.EXACT);
        assertThat(clean(rows, exact, null))
                .hasSize(2)
                .containsEntry(7L, new Removal(RejectReason.DUPLICATE, "the same text as row 3"))
                .containsEntry(39L, new Removal(RejectReason.DUPLICATE, "the same text as row 3"));
        assertThat(clean(rows, exact.with(new Dedup(true, TextNormalization.WHITESPACE)), null))
                .containsOnlyKeys(7L, 20L, 39L);
        assertThat(clean(rows, exact.with(new Dedup(true, TextNormalization.WHITESPACE_CASE)), null))
                .containsOnlyKeys(7L, 20L, 22L, 39L);
    }

    private static final String ENGLISH =
            "The quick brown fox jumps over the lazy dog while seventeen geese watch from the far side of the river bank and say nothing.";
    private static final String CHINESE = "简约而不简单的牛仔外套，白色的衣身十分百搭。衣身多处有做旧破洞设计，打破单调乏味，增加一丝造型看点。衣身后背处有趣味刺绣装饰，丰富层次感。";

    @Test
    void nearlyEqualRowsGoAndOthersStay() {
        List<CleanRecord> rows = rows(60);
        rows.set(5, CleanRecord.of("fox", ENGLISH));
        rows.set(31, CleanRecord.of("FOX", ENGLISH.replace("seventeen", "seventy")));
        rows.set(
                32,
                CleanRecord.of("fox", ENGLISH.substring(0, 60) + " but nobody else in the whole wide world knows."));
        rows.set(8, CleanRecord.of("牛仔外套", CHINESE));
        rows.set(50, CleanRecord.of("牛仔外套", CHINESE.replace("丰富层次感", "丰富了层次")));
        rows.set(51, CleanRecord.of("a", "b"));
        rows.set(52, CleanRecord.of("a", "B"));
        rows.set(53, CleanRecord.of("a", "c"));
        rows.set(54, CleanRecord.of(" ", "\n"));
        rows.set(55, CleanRecord.of(" ", "\t"));
        Map<Long, Removal> removed = clean(rows, CleanOptions.OFF.with(NearDedup.of(0.7)), null);
        assertThat(removed).containsOnlyKeys(31L, 50L, 52L);
        double similarity = Shingles.jaccard(
                Shingles.of(rows.get(5), NearDedup.of(0.7)), Shingles.of(rows.get(31), NearDedup.of(0.7)));
        assertThat(similarity).isBetween(0.8, 0.95);
        assertThat(removed.get(31L))
                .isEqualTo(new Removal(
                        RejectReason.NEAR_DUPLICATE,
                        "nearly the text of row 5 (Jaccard similarity " + Removal.number(similarity) + ")"));
        assertThat(removed.get(52L).detail()).isEqualTo("nearly the text of row 51 (Jaccard similarity 1)");
        assertThat(clean(rows, CleanOptions.OFF.with(new NearDedup(0.7, 1, NearDedup.Unit.WORD)), null))
                .containsKeys(31L, 50L, 52L)
                .doesNotContainKeys(53L, 54L, 55L);
    }

    @Test
    void rowsThatShareAPassageWithTheHeldOutSetGo() {
        List<CleanRecord> rows = rows(40);
        List<CleanRecord> heldOut = List.of(
                CleanRecord.of("fox", ENGLISH), CleanRecord.of("牛仔外套", CHINESE), CleanRecord.of("Who?", "Nobody."));
        rows.set(4, CleanRecord.of("x", "He said: " + ENGLISH.toUpperCase(java.util.Locale.ROOT) + " And left."));
        rows.set(5, CleanRecord.of("x", ENGLISH.substring(0, 50)));
        rows.set(6, CleanRecord.of("x", "很好" + CHINESE.substring(20, 44).replace("，", "")));
        rows.set(7, CleanRecord.of("x", "很好" + CHINESE.substring(20, 38)));
        rows.set(8, CleanRecord.of("who", "nobody"));
        rows.set(9, CleanRecord.of("who", "nobody else"));
        Map<Long, Removal> removed = clean(rows, CleanOptions.OFF.with(Decontamination.against("dev.json")), heldOut);
        assertThat(removed).containsOnlyKeys(4L, 6L, 8L);
        assertThat(removed.get(8L))
                .isEqualTo(new Removal(
                        RejectReason.CONTAMINATED, "1 of 1 passages of 13 words are in the held-out set dev.json"));
        assertThat(clean(rows, CleanOptions.OFF.with(new Decontamination("dev.json", 13, 0.9)), heldOut))
                .containsOnlyKeys(8L);
    }

    @Test
    void aHeldOutSetTooLargeForMemoryIsJoined() {
        List<CleanRecord> rows = rows(NUM_ROWS);
        List<CleanRecord> heldOut = rows.subList(300, NUM_ROWS);
        Decontamination options = Decontamination.against("dev.json");
        HeldOut set = HeldOut.of(spark, rdd(heldOut, 2, 1), options);
        HashTable table = set.toTable(HeldOut.MAX_IN_MEMORY);
        assertThat(set.toTable(table.size() - 1)).isNull();
        Map<Long, String> joined = new TreeMap<>();
        set.join(rdd(rows, 3, 5)).collectAsList().forEach(row -> joined.put(row.getLong(0), row.getString(2)));
        Map<Long, String> looked = new TreeMap<>();
        clean(rows, CleanOptions.OFF.with(options), heldOut).forEach((row, why) -> looked.put(row, why.detail()));
        assertThat(joined).isEqualTo(looked).containsKeys(300L, 399L);
        assertThat(joined.size()).isLessThan(NUM_ROWS);
    }

    @Test
    void aHundredThousandEqualOrNearlyEqualRowsAreReadInLine() {
        int numRows = 100_000;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        JavaPairRDD<Long, CleanRecord> equal = context.parallelize(
                        java.util.stream.LongStream.range(0, numRows).boxed().toList(), 4)
                .mapToPair(row ->
                        new Tuple2<>(row, CleanRecord.of("牛仔外套", row % 10 == 0 ? CHINESE + row / 50_000 : CHINESE)));
        CleanOptions both = CleanOptions.OFF.with(Dedup.EXACT).with(NearDedup.of(0.8));
        try (Removals removals = Cleaning.run(spark, equal, both, RowSample.ALL, null)) {
            assertThat(removals.report().removed())
                    .containsEntry(RejectReason.DUPLICATE, numRows - 3L)
                    .containsEntry(RejectReason.NEAR_DUPLICATE, 2L);
            assertThat(removals.report().rowsKept()).isEqualTo(1);
        }
    }

    @Test
    void aBucketTakesABoundedNumberOfComparisonsARow() {
        int numRows = 8_000;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        JavaPairRDD<Long, CleanRecord> near = context.parallelize(
                        java.util.stream.LongStream.range(0, numRows).boxed().toList(), 4)
                .mapToPair(row -> new Tuple2<>(row, CleanRecord.of("牛仔外套", CHINESE + row)));
        try (Removals removals =
                Cleaning.run(spark, near, CleanOptions.OFF.with(NearDedup.of(0.8)), RowSample.ALL, null)) {
            assertThat(removals.report().rowsKept()).isEqualTo(1);
            assertThat(removals.report().examples().get(RejectReason.NEAR_DUPLICATE))
                    .extracting(CleaningReport.Example::row)
                    .containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    void theResultDependsNeitherOnPartitionsNorOnOrder() {
        List<CleanRecord> rows = rows(NUM_ROWS);
        for (int i = 0; i < 40; i++) {
            CleanRecord copied = rows.get(i);
            rows.set(200 + i, i % 2 == 0 ? copied : CleanRecord.of(copied.source(), copied.target() + "！"));
        }
        CleanOptions all = CleanOptions.OFF
                .with(LengthFilter.OFF.withTarget(60, 400).withRatio(0.5, 20))
                .with(new QualityFilter(0.3, 0.3, 0.1))
                .with(Decontamination.against("dev.json"))
                .with(Dedup.EXACT)
                .with(NearDedup.of(0.8))
                .with(DevSplit.ofRatio(0.2))
                .withSeed(3);
        List<CleanRecord> heldOut = rows.subList(380, NUM_ROWS);
        List<Map<Long, Removal>> results = new ArrayList<>();
        for (int partitions : new int[] {1, 3, 8}) {
            try (Removals removals = Cleaning.run(
                    spark, rdd(rows, partitions, partitions), all, RowSample.ALL, rdd(heldOut, partitions, 2))) {
                results.add(new TreeMap<>(removals.rows().collectAsMap()));
                assertThat(removals.report().removed().keySet())
                        .contains(
                                RejectReason.CONTAMINATED,
                                RejectReason.DUPLICATE,
                                RejectReason.NEAR_DUPLICATE,
                                RejectReason.HELD_OUT);
            }
        }
        assertThat(results.get(1)).isEqualTo(results.get(0));
        assertThat(results.get(2)).isEqualTo(results.get(0));
    }

    @Test
    void nothingToTakeOutIsNothing() {
        assertThat(clean(rows(20), CleanOptions.OFF.with(Dedup.EXACT).with(NearDedup.of(1)), null))
                .isEmpty();
        assertThat(clean(List.of(), CleanOptions.OFF.with(Dedup.EXACT).with(NearDedup.of(0.8)), null))
                .isEmpty();
    }

    @Test
    void nothingLeftIsAnErrorThatSaysWhy() {
        CleanOptions options = CleanOptions.OFF.with(LengthFilter.OFF.withTarget(100_000, LengthFilter.NO_MAX));
        assertThatThrownBy(() -> clean(rows(20), options, null))
                .isInstanceOf(BadInputException.class)
                .hasMessage("cleaning takes out all 20 rows: 20 tgt_too_short; relax the stage that takes out most");
        assertThatThrownBy(() -> clean(
                        rows(20),
                        CleanOptions.OFF.with(Decontamination.against("dev.json")),
                        List.of(CleanRecord.of("?", "!"))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("dev.json (decontaminate_against) has no row with a word in it");
    }

    @Test
    void trainAndDevAreWholeTogetherAndStableWhenRowsAreAdded() {
        List<CleanRecord> rows = rows(NUM_ROWS);
        rows.set(300, rows.get(10));
        for (DevSplit split :
                List.of(DevSplit.ofRatio(0.25), new DevSplit(0, 50, DevSplit.By.RECORD, DevSplit.Side.TRAIN))) {
            CleanOptions train = CleanOptions.OFF.with(split);
            CleanOptions dev = CleanOptions.OFF.with(split.of(DevSplit.Side.DEV));
            Map<Long, Removal> toDev = clean(rows, train, null);
            Map<Long, Removal> toTrain = clean(rows, dev, null);
            assertThat(toDev.keySet()).doesNotContainAnyElementsOf(toTrain.keySet());
            assertThat(toDev.size() + toTrain.size()).isEqualTo(NUM_ROWS);
            assertThat(toDev.containsKey(10L)).isEqualTo(toDev.containsKey(300L));
            assertThat(toDev.values()).allMatch(why -> why.reason() == RejectReason.HELD_OUT);
            assertThat(toDev.size()).isBetween(50, split.rows() > 0 ? 51 : 150);
        }
        Map<Long, Removal> before = clean(rows.subList(0, 100), CleanOptions.OFF.with(DevSplit.ofRatio(0.25)), null);
        Map<Long, Removal> after = clean(rows, CleanOptions.OFF.with(DevSplit.ofRatio(0.25)), null);
        after.keySet().removeIf(row -> row >= 100);
        assertThat(after).isEqualTo(before);
    }

    @Test
    void removalsComeGroupByGroup() {
        List<CleanRecord> rows = rows(30);
        for (int i : new int[] {3, 9, 10, 11, 29}) {
            rows.set(i, rows.get(0));
        }
        try (Removals removals =
                Cleaning.run(spark, rdd(rows, 3, 5), CleanOptions.OFF.with(Dedup.EXACT), RowSample.ALL, null)) {
            List<List<Long>> groups = removals.byGroup(new long[] {0, 10, 12, 20}).glom().collect().stream()
                    .map(group -> group.stream().map(Tuple2::_1).toList())
                    .toList();
            assertThat(groups).containsExactly(List.of(3L, 9L), List.of(10L, 11L), List.of(), List.of(29L));
        }
    }
}
