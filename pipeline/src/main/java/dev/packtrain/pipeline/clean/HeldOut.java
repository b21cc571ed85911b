package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.source.PartitionJob;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The passages of a held-out set: in one table on every executor if they fit, else compared by a join. */
final class HeldOut {
    /** So many passages fit: 64 MiB on the driver and on every executor. */
    static final int MAX_IN_MEMORY = 1 << 22;

    private static final String TOTAL = "total";
    private static final StructType PASSAGES = DataTypes.createStructType(List.of(Columns.longs(Columns.KEY)));
    private static final StructType PASSAGES_OF_ROWS = DataTypes.createStructType(
            List.of(Columns.longs(Columns.ROW), Columns.longs(TOTAL), Columns.longs(Columns.KEY)));

    private final SparkSession spark;
    private final Decontamination options;
    private final Dataset<Row> passages;

    private HeldOut(SparkSession spark, Decontamination options, Dataset<Row> passages) {
        this.spark = spark;
        this.options = options;
        this.passages = passages;
    }

    /**
     * Looks into the held-out set.
     *
     * @throws BadInputException if it has no passage
     */
    static HeldOut of(SparkSession spark, JavaPairRDD<Long, CleanRecord> records, Decontamination options) {
        Dataset<Row> passages = spark.createDataFrame(
                        records.values().flatMap(record -> keys(record, options.ngram())), PASSAGES)
                .distinct();
        if (passages.isEmpty()) {
            throw new BadInputException(
                    "%s (decontaminate_against) has no row with a word in it; give a held-out set in a format that rows can have"
                            .formatted(options.path()));
        }
        return new HeldOut(spark, options, passages);
    }

    private static Iterator<Row> keys(CleanRecord record, int ngram) {
        return Arrays.stream(Passages.of(record, ngram))
                .mapToObj(key -> RowFactory.create(key))
                .iterator();
    }

    /** All passages, or null if there are more than {@code max}. */
    HashTable toTable(int max) {
        List<long[]> parts = new ArrayList<>();
        long[] size = {0};
        // Primitive arrays: a Row for every passage would be ten times as much.
        PartitionJob.run(passages.limit(max + 1).toJavaRDD().rdd(), HeldOut::longs, (partition, part) -> {
            parts.add(part);
            size[0] += part.length;
        });
        if (size[0] > max) {
            return null;
        }
        HashTable table = new HashTable((int) size[0]);
        parts.forEach(part -> Arrays.stream(part).forEach(table::add));
        return table;
    }

    private static long[] longs(Iterator<Row> rows) {
        LongStream.Builder values = LongStream.builder();
        rows.forEachRemaining(row -> values.add(row.getLong(0)));
        return values.build().toArray();
    }

    /** Why a record goes, if it does. */
    static Optional<Removal> check(CleanRecord record, HashTable heldOut, Decontamination options) {
        long[] own = Passages.of(record, options.ngram());
        return Optional.ofNullable(Passages.verdict(Passages.count(own, heldOut), own.length, options))
                .map(detail -> new Removal(RejectReason.CONTAMINATED, detail));
    }

    /** The rows that go, found by a join: one shuffle of all passages of all rows. */
    Dataset<Row> join(JavaPairRDD<Long, CleanRecord> rows) {
        Decontamination wanted = options;
        Dataset<Row> ofRows = spark.createDataFrame(
                rows.flatMap(row -> {
                    long[] own = Passages.of(row._2(), wanted.ngram());
                    return Arrays.stream(own)
                            .mapToObj(key -> RowFactory.create(row._1(), (long) own.length, key))
                            .iterator();
                }),
                PASSAGES_OF_ROWS);
        Dataset<Row> counts =
                ofRows.join(passages, Columns.KEY).groupBy(Columns.ROW, TOTAL).agg(functions.count(Columns.KEY));
        return Columns.removals(spark, counts.toJavaRDD().flatMap(count -> {
            String detail = Passages.verdict(count.getLong(2), count.getLong(1), wanted);
            return detail == null
                    ? List.<Row>of().iterator()
                    : List.of(Columns.removal(count.getLong(0), RejectReason.CONTAMINATED, detail))
                            .iterator();
        }));
    }
}
