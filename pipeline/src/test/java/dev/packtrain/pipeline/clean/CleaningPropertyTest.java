package dev.packtrain.pipeline.clean;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.LocalSpark;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

class CleaningPropertyTest {
    private static SparkSession spark;

    @BeforeContainer
    static void start() {
        spark = LocalSpark.start("local[2]");
    }

    @AfterContainer
    static void stop() {
        spark.stop();
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.of("红色连衣裙", "红色的连衣裙", "a", "A", " ", "a red dress", "a red dress.", "👗", "x y z", "…")
                .list()
                .ofMinSize(1)
                .ofMaxSize(30);
    }

    @Property(tries = 4)
    void everyRowStaysOrGoesOnceAndADuplicateNamesTheFirstOfItsKind(@ForAll("texts") List<String> texts) {
        List<Tuple2<Long, CleanRecord>> rows = new ArrayList<>();
        rows.add(new Tuple2<>(0L, CleanRecord.of("the first row", "is like no other at all")));
        for (String text : texts) {
            rows.add(new Tuple2<>((long) rows.size(), CleanRecord.of("q", text)));
        }
        JavaPairRDD<Long, CleanRecord> rdd =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelizePairs(rows, 3);
        CleanOptions options = CleanOptions.OFF.with(Dedup.EXACT).with(NearDedup.of(0.8));
        try (Removals removals = Cleaning.run(spark, rdd, options, RowSample.ALL, null)) {
            List<Tuple2<Long, Removal>> gone = removals.rows().collect();
            Map<Long, Removal> byRow = new TreeMap<>();
            gone.forEach(row -> byRow.put(row._1(), row._2()));
            assertThat(byRow).hasSameSizeAs(gone).doesNotContainKey(0L);
            assertThat(removals.report().rowsKept() + gone.size()).isEqualTo(rows.size());
            Set<String> kept = new HashSet<>();
            for (int row = 1; row < rows.size(); row++) {
                String text = texts.get(row - 1);
                Removal removal = byRow.get((long) row);
                if (removal == null) {
                    assertThat(kept.add(text)).isTrue();
                } else if (removal.reason() == RejectReason.DUPLICATE) {
                    int first = texts.indexOf(text) + 1;
                    assertThat(first).isLessThan(row);
                    assertThat(removal.detail()).isEqualTo("the same text as row %d".formatted(first));
                }
            }
        }
    }
}
