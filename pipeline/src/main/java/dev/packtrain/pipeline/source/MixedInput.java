package dev.packtrain.pipeline.source;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Several data sets as one, numbered by a {@link SourceMix}. Rows that a weight leaves out are numbered too, so that they
 * can be rejected with that reason. Groups are bounded by rows alone and made by a shuffle of raw rows.
 */
public final class MixedInput implements RowInput {
    private final List<RowInput> inputs;
    private final SourceMix mix;

    /**
     * Mixes data sets.
     *
     * @param inputs one at least
     * @param weights see {@link SourceMix}
     */
    public MixedInput(List<RowInput> inputs, double[] weights, long seed) {
        this.inputs = List.copyOf(inputs);
        this.mix = new SourceMix(inputs.stream().mapToLong(RowInput::numRows).toArray(), weights, seed);
    }

    /** How rows are numbered. */
    public SourceMix mix() {
        return mix;
    }

    @Override
    public long numRows() {
        return mix.size();
    }

    @Override
    public List<String> fileNames() {
        return inputs.stream().flatMap(input -> input.fileNames().stream()).toList();
    }

    @Override
    public JavaRDD<RowReader.Row> rows(JavaSparkContext spark) {
        return rows(spark, Integer.MAX_VALUE);
    }

    /** All rows, each once however often it is repeated. */
    public JavaRDD<RowReader.Row> firstCopies(JavaSparkContext spark) {
        return rows(spark, 1);
    }

    private JavaRDD<RowReader.Row> rows(JavaSparkContext spark, int maxCopies) {
        SourceMix numbers = mix;
        List<JavaRDD<RowReader.Row>> parts = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            int source = i;
            int copies = Math.min(maxCopies, mix.copies(source));
            parts.add(inputs.get(i).rows(spark).flatMap(row -> copies(row, source, copies, numbers)));
        }
        return parts.stream().reduce(JavaRDD::union).orElseThrow();
    }

    private static Iterator<RowReader.Row> copies(RowReader.Row row, int source, int copies, SourceMix mix) {
        return IntStream.range(0, copies)
                .mapToObj(copy -> {
                    RowLocation at = row.location();
                    long number = mix.number(new SourceMix.Item(source, at.index(), copy));
                    return new RowReader.Row(new RowLocation(number, at.file(), at.line()), row.bytes(), row.length());
                })
                .iterator();
    }

    @Override
    public JavaRDD<RowReader.Row> groups(JavaSparkContext spark, GroupBounds bounds) {
        return ShuffledGroups.of(rows(spark), groupStarts(bounds));
    }

    @Override
    public long[] groupStarts(GroupBounds bounds) {
        return ShuffledGroups.firstRows(mix.size(), bounds.maxRows());
    }
}
