package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.RejectReason;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;

/** Finds rows whose hash an earlier row has: one shuffle of 24 bytes a row, sorted, and read once. */
final class ExactDuplicates {
    private static final String FIRST = "first";

    private ExactDuplicates() {}

    /**
     * The rows that go.
     *
     * @param fingerprints of the rows that are still there
     */
    static Dataset<Row> of(SparkSession spark, Dataset<Row> fingerprints) {
        WindowSpec equal = Window.partitionBy(Columns.HIGH, Columns.LOW).orderBy(Columns.ROW);
        Dataset<Row> duplicates = fingerprints
                .select(Columns.ROW, Columns.HIGH, Columns.LOW)
                .withColumn(FIRST, functions.first(Columns.ROW).over(equal))
                .where(functions.col(Columns.ROW).gt(functions.col(FIRST)))
                .select(Columns.ROW, FIRST);
        return Columns.removals(
                spark,
                duplicates
                        .toJavaRDD()
                        .map(pair -> Columns.removal(
                                pair.getLong(0),
                                RejectReason.DUPLICATE,
                                "the same text as row %d".formatted(pair.getLong(1)))));
    }
}
