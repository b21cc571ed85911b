package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.RejectReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Finds rows that are nearly equal to an earlier one, with MLlib's MinHash.
 *
 * <p>MLlib's own join takes every pair that shares one hash value, so that a phrase in many rows makes it quadratic.
 * Here several hash values make a band, rows that agree in a band share a bucket, and a bucket is read in row order by
 * {@link BucketReader}, which compares each row with a bounded number of others, on all their shingles.
 */
final class NearDuplicates {
    private static final String SIMILARITY = "similarity";
    private static final String NEAREST = "nearest";

    private static final StructType KEYS =
            DataTypes.createStructType(List.of(Columns.longs(Columns.ROW), Columns.longs(Columns.KEY)));
    private static final StructType TEXTS = DataTypes.createStructType(List.of(
            Columns.longs(Columns.ROW), DataTypes.createStructField(Columns.SHINGLES, DataTypes.BinaryType, false)));
    private static final StructType PAIRS = DataTypes.createStructType(List.of(
            Columns.longs(Columns.ROW),
            Columns.longs(NEAREST),
            DataTypes.createStructField(SIMILARITY, DataTypes.DoubleType, false)));

    private final SparkSession spark;
    private final NearDedup options;
    private final long seed;

    NearDuplicates(SparkSession spark, NearDedup options, long seed) {
        this.spark = spark;
        this.options = options;
        this.seed = seed;
    }

    /**
     * The rows that go.
     *
     * @param rows all rows; read twice
     * @param removed rows that earlier stages take out
     */
    Dataset<Row> of(JavaPairRDD<Long, CleanRecord> rows, Dataset<Row> removed) {
        Dataset<Row> keys = keys(rows).join(removed.select(Columns.ROW), seq(Columns.ROW), "left_anti");
        WindowSpec bucket = Window.partitionBy(Columns.KEY).orderBy(Columns.ROW);
        Dataset<Row> shared = keys.withColumn(
                        "before", functions.lag(Columns.ROW, 1).over(bucket))
                .withColumn("after", functions.lead(Columns.ROW, 1).over(bucket))
                .where("before is not null or after is not null")
                .select(Columns.ROW, Columns.KEY);
        Dataset<Row> members = shared.join(shingles(rows), Columns.ROW)
                .select(Columns.KEY, Columns.ROW, Columns.SHINGLES)
                .repartition(functions.col(Columns.KEY))
                .sortWithinPartitions(Columns.KEY, Columns.ROW);
        return removals(pairs(members));
    }

    private static scala.collection.immutable.Seq<String> seq(String name) {
        return scala.jdk.javaapi.CollectionConverters.asScala(List.of(name)).toSeq();
    }

    private Dataset<Row> keys(JavaPairRDD<Long, CleanRecord> rows) {
        NearDedup wanted = options;
        MinHashes hashes = MinHashes.of(MinHashes.model(spark, options.bands().numHashes(), seed));
        return spark.createDataFrame(rows.flatMap(row -> keys(row, wanted, hashes)), KEYS);
    }

    private static Iterator<Row> keys(Tuple2<Long, CleanRecord> row, NearDedup options, MinHashes hashes) {
        int[] shingles = Shingles.of(row._2(), options);
        if (shingles.length == 0) {
            // MinHash knows no empty set, and a row without a word is near to no other.
            return Collections.emptyIterator();
        }
        int[] values = hashes.values(shingles);
        int width = options.bands().width();
        List<Row> keys = new ArrayList<>(values.length / width);
        for (int band = 0; band * width < values.length; band++) {
            long key = band;
            for (int i = band * width; i < (band + 1) * width; i++) {
                key = Mix64.mix(key ^ values[i]);
            }
            keys.add(RowFactory.create(row._1(), key));
        }
        return keys.iterator();
    }

    private Dataset<Row> shingles(JavaPairRDD<Long, CleanRecord> rows) {
        NearDedup wanted = options;
        return spark.createDataFrame(
                rows.map(row -> RowFactory.create(row._1(), Shingles.toBytes(Shingles.of(row._2(), wanted)))), TEXTS);
    }

    private Dataset<Row> pairs(Dataset<Row> members) {
        double threshold = options.threshold();
        return spark.createDataFrame(
                members.toJavaRDD().mapPartitions(partition -> new BucketReader(partition, threshold)), PAIRS);
    }

    private Dataset<Row> removals(Dataset<Row> pairs) {
        Dataset<Row> nearest = pairs.groupBy(Columns.ROW)
                .agg(functions.min(functions.struct(NEAREST, SIMILARITY)).as("pair"))
                .select(Columns.ROW, "pair." + NEAREST, "pair." + SIMILARITY);
        return Columns.removals(
                spark,
                nearest.toJavaRDD()
                        .map(row -> Columns.removal(
                                row.getLong(0),
                                RejectReason.NEAR_DUPLICATE,
                                "nearly the text of row %d (Jaccard similarity %s)"
                                        .formatted(row.getLong(1), Removal.number(row.getDouble(2))))));
    }
}
