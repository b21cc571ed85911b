package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.RejectReason;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns of the tables that cleaning works with. */
final class Columns {
    /** Number of a row, long. */
    static final String ROW = "row";

    /** Name of a {@link RejectReason}; null if the row stays. */
    static final String REASON = "reason";

    /** Detail of a removal, string. */
    static final String DETAIL = "detail";

    /** Halves of a {@link TextHash}, long. */
    static final String HIGH = "high";

    static final String LOW = "low";

    /** {@link DevSplit#position}, double. */
    static final String POSITION = "position";

    /** Characters of the source and of the target, int. */
    static final String SOURCE_CHARS = "source_chars";

    static final String TARGET_CHARS = "target_chars";

    /** Key of a bucket, long. */
    static final String KEY = "key";

    /** {@link Shingles} as bytes. */
    static final String SHINGLES = "shingles";

    /** A row that goes. */
    static final StructType REMOVAL = DataTypes.createStructType(List.of(
            longs(ROW),
            DataTypes.createStructField(REASON, DataTypes.StringType, true),
            DataTypes.createStructField(DETAIL, DataTypes.StringType, true)));

    private Columns() {}

    static StructField longs(String name) {
        return DataTypes.createStructField(name, DataTypes.LongType, false);
    }

    /** A table of removals. */
    static Dataset<Row> removals(SparkSession spark, JavaRDD<Row> rows) {
        return spark.createDataFrame(rows, REMOVAL);
    }

    static Row removal(long row, RejectReason reason, String detail) {
        return RowFactory.create(row, reason.name(), detail);
    }
}
