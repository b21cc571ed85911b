package dev.packtrain.pipeline.clean;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * What one look at a row's text tells: whether a check of this row alone takes it out, and the hashes by which it is
 * compared with others.
 */
final class Fingerprints implements Serializable {
    private static final StructType COLUMNS = DataTypes.createStructType(List.of(
            Columns.longs(Columns.ROW),
            DataTypes.createStructField(Columns.REASON, DataTypes.StringType, true),
            DataTypes.createStructField(Columns.DETAIL, DataTypes.StringType, true),
            Columns.longs(Columns.HIGH),
            Columns.longs(Columns.LOW),
            DataTypes.createStructField(Columns.POSITION, DataTypes.DoubleType, false),
            DataTypes.createStructField(Columns.SOURCE_CHARS, DataTypes.IntegerType, false),
            DataTypes.createStructField(Columns.TARGET_CHARS, DataTypes.IntegerType, false)));

    private static final TextHash NONE = new TextHash(0, 0);

    private final CleanOptions options;
    private final RowSample sample;
    private final Broadcast<HashTable> heldOut;

    /**
     * Of these stages.
     *
     * @param heldOut passages of the held-out set; null if rows are not compared with them here
     */
    Fingerprints(CleanOptions options, RowSample sample, Broadcast<HashTable> heldOut) {
        this.options = options;
        this.sample = sample;
        this.heldOut = heldOut;
    }

    /** A line for every row. */
    Dataset<Row> of(SparkSession spark, JavaPairRDD<Long, CleanRecord> rows) {
        return spark.createDataFrame(rows.map(this::fingerprint), COLUMNS);
    }

    private Row fingerprint(Tuple2<Long, CleanRecord> row) {
        CleanRecord record = row._2();
        Optional<Removal> removal = check(row._1(), record);
        boolean compared = removal.isEmpty() && options.dedup().isOn();
        TextHash hash = compared ? TextHash.of(record, options.dedup().normalization()) : NONE;
        boolean split = removal.isEmpty() && options.split().isOn();
        return RowFactory.create(
                row._1(),
                removal.map(why -> why.reason().name()).orElse(null),
                removal.map(Removal::detail).orElse(null),
                hash.high(),
                hash.low(),
                split ? options.split().position(record) : 1.0,
                characters(record.source()),
                characters(record.target()));
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }

    /** What takes a row out for itself. */
    Optional<Removal> check(long row, CleanRecord record) {
        Optional<Removal> unsampled = sample.check(row);
        if (unsampled.isPresent()) {
            return unsampled;
        }
        String target = record.target();
        return options.lengths()
                .check(record.source(), target)
                .or(() -> options.quality().check(target))
                .or(() -> heldOut == null
                        ? Optional.empty()
                        : HeldOut.check(record, heldOut.value(), options.decontamination()));
    }
}
