package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.format.FormatDetector;
import dev.packtrain.pipeline.source.PartitionJob;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.stats.Distribution;
import dev.packtrain.pipeline.stats.LengthTables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Runs the stages that are on.
 *
 * <p>The texts are read once, or three times with {@link NearDedup}; what is shuffled are hashes, and shingles of rows
 * that may be alike. The driver sees counts and a few examples.
 */
public final class Cleaning {
    private final SparkSession spark;
    private final CleanOptions options;
    private final RowSample sample;
    private final JavaPairRDD<Long, CleanRecord> rows;
    private final List<Dataset<Row>> kept = new ArrayList<>();

    private Cleaning(SparkSession spark, CleanOptions options, RowSample sample, JavaPairRDD<Long, CleanRecord> rows) {
        this.spark = spark;
        this.options = options;
        this.sample = sample;
        this.rows = rows;
    }

    /**
     * Decides on every row.
     *
     * @param rows texts under the numbers of their rows, each number once, in any order and partitions; evaluated up to
     *     three times, and must be the same every time
     * @param sample which rows a mix of data sets uses
     * @param heldOut texts of the held-out set; null if {@code options} have no decontamination
     * @throws BadInputException if nothing is left, or the held-out set has nothing to compare
     */
    public static Removals run(
            SparkSession spark,
            JavaPairRDD<Long, CleanRecord> rows,
            CleanOptions options,
            RowSample sample,
            JavaPairRDD<Long, CleanRecord> heldOut) {
        if ((heldOut == null) == options.decontamination().isOn()) {
            throw new IllegalArgumentException(
                    "texts of a held-out set: %s; decontamination is on: %s; wanted both or neither"
                            .formatted(
                                    heldOut != null, options.decontamination().isOn()));
        }
        return new Cleaning(spark, options, sample, rows).run(heldOut);
    }

    /**
     * The same from the input of a run. Rows that do not pass the checks are left to the stage that encodes them, which
     * rejects them.
     *
     * @param source how the rows of the input, and those of a held-out set, are read
     * @return removals to close when the rows are written; none if no stage is on
     */
    public static Removals run(SparkSession session, RowInput input, SourceOptions source, CleanOptions options)
            throws IOException {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        RowSample sample = RowSample.of(input);
        if (!options.isOn()) {
            return Removals.none().ofMix(input);
        }
        JavaPairRDD<Long, CleanRecord> heldOut = null;
        if (options.decontamination().isOn()) {
            heldOut = heldOut(spark, source.withPath(options.decontamination().path()));
        }
        return run(session, CleanRows.of(spark, input, source), options, sample, heldOut)
                .ofMix(input);
    }

    private static JavaPairRDD<Long, CleanRecord> heldOut(JavaSparkContext spark, SourceOptions source)
            throws IOException {
        RowInput input = RowInput.open(spark, source, (done, total) -> {});
        return CleanRows.of(
                spark,
                input,
                source.withFormat(FormatDetector.detect(spark, source, input).format()));
    }

    private Removals run(JavaPairRDD<Long, CleanRecord> heldOutRows) {
        HeldOut heldOut = heldOutRows == null ? null : HeldOut.of(spark, heldOutRows, options.decontamination());
        HashTable table = heldOut == null ? null : heldOut.toTable(HeldOut.MAX_IN_MEMORY);
        Broadcast<HashTable> passages = table == null
                ? null
                : JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(table);
        try {
            Dataset<Row> fingerprints = keep(new Fingerprints(options, sample, passages).of(spark, rows));
            Dataset<Row> removed =
                    fingerprints.where("reason is not null").select(Columns.ROW, Columns.REASON, Columns.DETAIL);
            if (heldOut != null && table == null) {
                removed = removed.unionByName(without(keep(heldOut.join(rows)), removed));
            }
            Map<String, Distribution> lengths =
                    LengthTables.of(fingerprints, List.of(Columns.SOURCE_CHARS, Columns.TARGET_CHARS));
            return finish(stages(fingerprints, removed), lengths, passages);
        } finally {
            kept.forEach(Dataset::unpersist);
        }
    }

    /** The stages that compare rows with each other, and the split, which comes last. */
    private Dataset<Row> stages(Dataset<Row> fingerprints, Dataset<Row> local) {
        Dataset<Row> removed = local;
        if (options.dedup().isOn()) {
            Dataset<Row> left = without(fingerprints, removed);
            removed = removed.unionByName(keep(ExactDuplicates.of(spark, left)));
        }
        if (options.nearDedup().isOn()) {
            NearDuplicates near = new NearDuplicates(spark, options.nearDedup(), options.seed());
            removed = removed.unionByName(keep(near.of(rows, removed)));
        }
        if (options.split().isOn()) {
            removed = removed.unionByName(otherSide(without(fingerprints, removed)));
        }
        return removed;
    }

    private static Dataset<Row> without(Dataset<Row> some, Dataset<Row> removed) {
        return some.join(
                removed.select(functions.col(Columns.ROW).as("gone")),
                functions.col(Columns.ROW).equalTo(functions.col("gone")),
                "left_anti");
    }

    private Dataset<Row> otherSide(Dataset<Row> left) {
        DevSplit split = options.split();
        double limit = split.ratio();
        if (split.rows() > 0) {
            Row last = left.orderBy(Columns.POSITION)
                    .limit(split.rows())
                    .agg(functions.max(Columns.POSITION))
                    .head();
            // The row with the last of these hashes goes to dev too.
            limit = last.isNullAt(0) ? 0 : Math.nextUp(last.getDouble(0));
        }
        boolean train = split.side() == DevSplit.Side.TRAIN;
        RejectReason reason = train ? RejectReason.HELD_OUT : RejectReason.NOT_HELD_OUT;
        String detail = train ? "belongs to the dev set" : "belongs to the train set, and this is the dev set";
        return left.where(functions.col(Columns.POSITION).lt(limit).equalTo(train))
                .select(
                        functions.col(Columns.ROW),
                        functions.lit(reason.name()).as(Columns.REASON),
                        functions.lit(detail).as(Columns.DETAIL));
    }

    private Dataset<Row> keep(Dataset<Row> table) {
        kept.add(table.persist(StorageLevel.DISK_ONLY()));
        return table;
    }

    private Removals finish(Dataset<Row> removed, Map<String, Distribution> lengths, Broadcast<HashTable> passages) {
        JavaPairRDD<Long, Removal> result = removed.toJavaRDD()
                .mapToPair(row -> new Tuple2<>(
                        row.getLong(0), new Removal(RejectReason.valueOf(row.getString(1)), row.getString(2))))
                .persist(StorageLevel.DISK_ONLY());
        CleaningReport.Tally total = new CleaningReport.Tally();
        PartitionJob.run(
                result.rdd(),
                partition -> {
                    CleaningReport.Tally tally = new CleaningReport.Tally();
                    partition.forEachRemaining(row -> tally.add(row._1(), row._2()));
                    return tally;
                },
                (partition, tally) -> total.add(tally));
        CleaningReport report = total.report(lengths);
        Removals removals = new Removals(result, report, passages);
        if (report.rowsIn() > 0 && report.rowsKept() == 0) {
            removals.close();
            throw new BadInputException("cleaning takes out all %d rows: %s; %s"
                    .formatted(report.rowsIn(), counts(report.removed()), "relax the stage that takes out most"));
        }
        return removals;
    }

    private static String counts(Map<RejectReason, Long> removed) {
        return removed.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey().key())
                .collect(Collectors.joining(", "));
    }
}
