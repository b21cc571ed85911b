package dev.packtrain.pipeline.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.pipeline.LocalSpark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.feature.MinHashLSHModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Our MinHash against MLlib's. */
class MinHashesTest {
    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Row vector(int[] shingles) {
        double[] ones = new double[shingles.length];
        Arrays.fill(ones, 1);
        return RowFactory.create(Vectors.sparse(Shingles.RANGE, shingles, ones));
    }

    @Test
    void valuesAndSimilarityAreMllibs() {
        NearDedup options = NearDedup.of(0.6);
        List<int[]> sets = new ArrayList<>();
        List<Row> vectors = new ArrayList<>();
        for (CleanRecord record : CleaningTest.rows(50)) {
            sets.add(Shingles.of(record, options));
            vectors.add(vector(sets.get(sets.size() - 1)));
        }
        MinHashLSHModel model = MinHashes.model(spark, 20, 7);
        MinHashes hashes = MinHashes.of(model);
        Dataset<Row> table = spark.createDataFrame(vectors, MinHashes.VECTORS);
        List<Row> expected = model.transform(table).collectAsList();
        Set<Integer> distinct = new HashSet<>();
        for (int i = 0; i < sets.size(); i++) {
            List<Vector> values = expected.get(i).getList(1);
            int[] own = hashes.values(sets.get(i));
            assertThat(values.stream().mapToInt(value -> (int) value.apply(0))).containsExactly(box(own));
            distinct.add(own[0]);
            assertThat(Shingles.jaccard(sets.get(0), sets.get(i)))
                    .isCloseTo(
                            1
                                    - model.keyDistance(
                                            expected.get(0).getAs(0),
                                            expected.get(i).getAs(0)),
                            within(1e-12));
        }
        assertThat(distinct).hasSizeGreaterThan(25);
    }

    private static Integer[] box(int[] values) {
        return Arrays.stream(values).boxed().toArray(Integer[]::new);
    }

    @Test
    void bandsMissFewPairsAtTheThreshold() {
        for (double threshold : new double[] {0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1}) {
            NearDedup.Bands bands = NearDedup.of(threshold).bands();
            assertThat(bands.numHashes()).isLessThanOrEqualTo(64);
            assertThat(bands.miss(threshold)).isLessThanOrEqualTo(NearDedup.MAX_MISS);
            assertThat(bands.miss(threshold / 4)).isGreaterThan(threshold < 0.7 ? 0 : 0.8);
        }
        assertThat(NearDedup.of(0.8).bands()).isEqualTo(new NearDedup.Bands(12, 5));
    }
}
