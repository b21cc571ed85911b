package dev.packtrain.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.pipeline.LocalSpark;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** MLlib's figures against exact ones. */
class LengthTablesTest {
    private static final StructType COLUMNS = DataTypes.createStructType(List.of(
            DataTypes.createStructField("src", DataTypes.IntegerType, false),
            DataTypes.createStructField("tgt", DataTypes.IntegerType, false)));

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** Lengths with a heavy tail. */
    private static int[] lengths(int count, long seed) {
        Random random = new Random(seed);
        return IntStream.generate(() -> 1 + (int) Math.exp(3 + 1.2 * random.nextGaussian()))
                .limit(count)
                .toArray();
    }

    private static Dataset<Row> table(int[] src, int[] tgt) {
        List<Row> rows = IntStream.range(0, src.length)
                .mapToObj(i -> RowFactory.create(src[i], tgt[i]))
                .toList();
        return spark.createDataFrame(rows, COLUMNS).repartition(5);
    }

    private static long[] counts(int[] lengths) {
        long[] counts = new long[Arrays.stream(lengths).max().orElse(0) + 1];
        Arrays.stream(lengths).forEach(length -> counts[length]++);
        return counts;
    }

    private static double std(int[] lengths) {
        double mean = Arrays.stream(lengths).average().orElseThrow();
        return Math.sqrt(
                Arrays.stream(lengths).mapToDouble(n -> (n - mean) * (n - mean)).sum() / (lengths.length - 1));
    }

    @Test
    void figuresOfCountsAreExact() {
        int[] lengths = lengths(10_000, 1);
        Distribution figures = LengthTables.ofCounts(counts(lengths));
        int[] sorted = Arrays.stream(lengths).sorted().toArray();
        assertThat(figures.count()).isEqualTo(10_000);
        assertThat(figures.mean()).isCloseTo(Arrays.stream(lengths).average().orElseThrow(), within(1e-9));
        assertThat(figures.std()).isCloseTo(std(lengths), within(1e-9));
        assertThat(List.of(figures.min(), figures.p1(), figures.p10(), figures.p50(), figures.p90(), figures.p99()))
                .containsExactly(
                        (double) sorted[0],
                        (double) sorted[99],
                        (double) sorted[999],
                        (double) sorted[4999],
                        (double) sorted[8999],
                        (double) sorted[9899]);
        assertThat(figures.max()).isEqualTo(sorted[9999]);
        assertThat(LengthTables.ofCounts(new long[] {0, 0, 1}))
                .isEqualTo(new Distribution(1, 2, 0, 2, 2, 2, 2, 2, 2, 2));
        assertThat(LengthTables.ofCounts(new long[] {0, 0, 3, 0}))
                .isEqualTo(new Distribution(3, 2, 0, 2, 2, 2, 2, 2, 2, 2));
        assertThat(LengthTables.ofCounts(new long[3])).isEqualTo(Distribution.NONE);
    }

    @Test
    void figuresOfATableAreThoseOfItsCountsWithinTheRankError() {
        int[] src = lengths(20_000, 2);
        int[] tgt = lengths(20_000, 3);
        Map<String, Distribution> figures = LengthTables.of(table(src, tgt), List.of("src", "tgt"));
        assertThat(figures.keySet()).containsExactly("src", "tgt");
        requireNear(figures.get("src"), src);
        requireNear(figures.get("tgt"), tgt);
        assertThat(LengthTables.of(table(new int[0], new int[0]), List.of("src")))
                .isEqualTo(Map.of("src", Distribution.NONE));
    }

    private static void requireNear(Distribution figures, int[] lengths) {
        Distribution exact = LengthTables.ofCounts(counts(lengths));
        int[] sorted = Arrays.stream(lengths).sorted().toArray();
        assertThat(figures.count()).isEqualTo(exact.count());
        assertThat(figures.mean()).isCloseTo(exact.mean(), within(1e-9));
        assertThat(figures.std()).isCloseTo(exact.std(), within(1e-9));
        assertThat(figures.min()).isEqualTo(exact.min());
        assertThat(figures.max()).isEqualTo(exact.max());
        double[] shares = Distribution.shares();
        double[] quantiles = {figures.p1(), figures.p10(), figures.p50(), figures.p90(), figures.p99()};
        int slack = (int) Math.ceil(LengthTables.RANK_ERROR * sorted.length) + 1;
        for (int i = 0; i < shares.length; i++) {
            int rank = (int) Math.ceil(shares[i] * sorted.length) - 1;
            assertThat(quantiles[i]).isBetween((double) sorted[rank - slack], (double)
                    sorted[Math.min(rank + slack, sorted.length - 1)]);
        }
    }
}
