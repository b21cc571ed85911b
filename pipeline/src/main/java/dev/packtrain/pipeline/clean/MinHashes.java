package dev.packtrain.pipeline.clean;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.feature.MinHashLSH;
import org.apache.spark.ml.feature.MinHashLSHModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * The hash functions of a fitted {@link MinHashLSHModel}, applied to plain arrays: the same values as its
 * {@code transform} (a test compares them), without a vector of doubles and a boxed pair for every shingle and function.
 */
final class MinHashes implements Serializable {
    static final String FEATURES = "features";
    static final String HASHES = "hashes";

    /** The columns of {@link #model}. */
    static final StructType VECTORS = DataTypes.createStructType(
            List.of(DataTypes.createStructField(FEATURES, SQLDataTypes.VectorType(), false)));

    /** MLlib's {@code MinHashLSH.HASH_PRIME}. */
    private static final int PRIME = 2_038_074_743;

    private final long[] factors;
    private final long[] terms;

    private MinHashes(long[] factors, long[] terms) {
        this.factors = factors;
        this.terms = terms;
    }

    /** MLlib's model. Fitting draws the functions from the seed; of the data it looks at the length of one vector. */
    static MinHashLSHModel model(SparkSession spark, int numHashes, long seed) {
        Row any = RowFactory.create(Vectors.sparse(Shingles.RANGE, new int[] {0}, new double[] {1}));
        return new MinHashLSH()
                .setInputCol(FEATURES)
                .setOutputCol(HASHES)
                .setNumHashTables(numHashes)
                .setSeed(seed)
                .fit(spark.createDataFrame(List.of(any), VECTORS));
    }

    /** The functions of a model. */
    static MinHashes of(MinHashLSHModel model) {
        Tuple2<Object, Object>[] coefficients = model.randCoefficients();
        long[] factors = new long[coefficients.length];
        long[] terms = new long[coefficients.length];
        for (int i = 0; i < coefficients.length; i++) {
            factors[i] = (Integer) coefficients[i]._1();
            terms[i] = (Integer) coefficients[i]._2();
        }
        return new MinHashes(factors, terms);
    }

    /** The value of every function for a set of shingles that is not empty. */
    int[] values(int[] shingles) {
        int[] values = new int[factors.length];
        for (int i = 0; i < values.length; i++) {
            long min = Long.MAX_VALUE;
            for (int shingle : shingles) {
                min = Math.min(min, ((1L + shingle) * factors[i] + terms[i]) % PRIME);
            }
            values[i] = (int) min;
        }
        return values;
    }
}
