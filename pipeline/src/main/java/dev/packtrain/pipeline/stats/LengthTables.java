package dev.packtrain.pipeline.stats;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.stat.Summarizer;
import org.apache.spark.mllib.linalg.Vectors;
import org.apache.spark.mllib.stat.MultivariateOnlineSummarizer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Distributions of the columns of a table, and of lengths that are already counted. */
public final class LengthTables {
    /**
     * A quantile of a table is a number whose rank is off by at most this share of all. The sketch behind it (Greenwald and
     * Khanna, 2001) depends on how the table is cut, so within this bound the figure may differ from run to run.
     */
    public static final double RANK_ERROR = 0.001;

    private static final String FEATURES = "features";
    private static final String MOMENTS = "moments";

    private LengthTables() {}

    /**
     * Of numeric columns, in two passes over the table: MLlib's {@link Summarizer}, and {@code approxQuantile}.
     *
     * @return a distribution for every column, in their order
     */
    public static Map<String, Distribution> of(Dataset<Row> table, List<String> columns) {
        Map<String, Distribution> distributions = new LinkedHashMap<>();
        if (table.isEmpty()) {
            // Summarizer fails on an empty table.
            columns.forEach(column -> distributions.put(column, Distribution.NONE));
            return distributions;
        }
        Moments moments = moments(assemble(table, columns));
        String[] names = columns.toArray(String[]::new);
        double[][] quantiles = table.stat().approxQuantile(names, Distribution.shares(), RANK_ERROR);
        for (int i = 0; i < names.length; i++) {
            distributions.put(names[i], moments.with(i, quantiles[i]));
        }
        return distributions;
    }

    /**
     * Of lengths that are counted, exactly and without a job: the moments from MLlib's
     * {@link MultivariateOnlineSummarizer} with the counts as weights, the quantiles from the counts themselves.
     *
     * @param countByLength at index n how often length n occurs
     */
    public static Distribution ofCounts(long[] countByLength) {
        MultivariateOnlineSummarizer summarizer = new MultivariateOnlineSummarizer();
        long count = 0;
        double squaredCounts = 0;
        for (int length = 0; length < countByLength.length; length++) {
            if (countByLength[length] > 0) {
                summarizer.add(Vectors.dense(length), (double) countByLength[length]);
                count += countByLength[length];
                squaredCounts += (double) countByLength[length] * countByLength[length];
            }
        }
        if (count == 0) {
            return Distribution.NONE;
        }
        // MLlib's weights are of reliability: it divides the squares by another number than of numbers that occur so
        // often.
        double squares = summarizer.variance().apply(0) * (count - squaredCounts / count);
        return Distribution.of(
                count,
                summarizer.mean().apply(0),
                count == 1 ? 0 : Math.sqrt(squares / (count - 1)),
                summarizer.min().apply(0),
                quantiles(countByLength, count),
                summarizer.max().apply(0));
    }

    private static Dataset<Row> assemble(Dataset<Row> table, List<String> columns) {
        return new VectorAssembler()
                .setInputCols(columns.toArray(String[]::new))
                .setOutputCol(FEATURES)
                .transform(table);
    }

    private record Moments(long count, double[] mean, double[] std, double[] min, double[] max) {
        Distribution with(int column, double[] quantiles) {
            return Distribution.of(count, mean[column], std[column], min[column], quantiles, max[column]);
        }
    }

    private static Moments moments(Dataset<Row> table) {
        Row line = table.select(Summarizer.metrics("count", "mean", "std", "min", "max")
                        .summary(functions.col(FEATURES))
                        .as(MOMENTS))
                .select(MOMENTS + ".*")
                .head();
        return new Moments(line.getLong(0), array(line, 1), array(line, 2), array(line, 3), array(line, 4));
    }

    private static double[] array(Row line, int column) {
        return line.<Vector>getAs(column).toArray();
    }

    private static double[] quantiles(long[] countByLength, long count) {
        double[] shares = Distribution.shares();
        double[] quantiles = new double[shares.length];
        long seen = 0;
        int next = 0;
        for (int length = 0; length < countByLength.length; length++) {
            seen += countByLength[length];
            while (next < shares.length && seen >= Math.ceil(shares[next] * count)) {
                quantiles[next++] = length;
            }
        }
        return quantiles;
    }
}
