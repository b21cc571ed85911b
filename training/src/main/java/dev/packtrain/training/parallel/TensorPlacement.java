package dev.packtrain.training.parallel;

import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Placement;
import dev.packtrain.training.model.TensorSplit;
import java.util.Map;

/**
 * What one tensor rank holds of each layer: {@link #RULES} says how a module is split, by the last component of its name.
 */
final class TensorPlacement implements Placement {
    /** How a module's weight is spread. */
    private enum Rule {
        /** By query heads, along the outputs. */
        QUERY_HEADS,
        /** By key/value heads, along the outputs; each on several ranks where there are fewer heads than ranks. */
        KEY_VALUE_HEADS,
        /** In equal parts along the outputs. */
        COLUMN,
        /** In equal parts along the inputs; the bias whole. */
        ROW,
        /** By tokens, along the rows, in parts that differ by one at most. */
        VOCABULARY,
        /** Whole on every rank, and every rank sees the whole residual stream: but for sequence parallelism. */
        STREAM_NORM,
        /** Whole on every rank, for heads of which every rank has its own. */
        HEAD_NORM
    }

    private static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("embed_tokens", Rule.VOCABULARY),
            Map.entry("q_proj", Rule.QUERY_HEADS),
            Map.entry("k_proj", Rule.KEY_VALUE_HEADS),
            Map.entry("v_proj", Rule.KEY_VALUE_HEADS),
            Map.entry("q_norm", Rule.HEAD_NORM),
            Map.entry("k_norm", Rule.HEAD_NORM),
            Map.entry("o_proj", Rule.ROW),
            Map.entry("gate_proj", Rule.COLUMN),
            Map.entry("up_proj", Rule.COLUMN),
            Map.entry("down_proj", Rule.ROW),
            Map.entry("input_layernorm", Rule.STREAM_NORM),
            Map.entry("post_attention_layernorm", Rule.STREAM_NORM),
            Map.entry("norm", Rule.STREAM_NORM),
            Map.entry("lm_head", Rule.VOCABULARY));

    private final DecoderConfig config;
    private final int rank;
    private final int degree;
    private final boolean sequenceParallel;

    /**
     * Of one rank.
     *
     * @param config fits the degree
     * @param rank of {@code degree}, 0-based
     * @param sequenceParallel whether norms see a part of the sequence only
     */
    TensorPlacement(DecoderConfig config, int rank, int degree, boolean sequenceParallel) {
        this.config = config;
        this.rank = rank;
        this.degree = degree;
        this.sequenceParallel = sequenceParallel;
    }

    @Override
    public LinearSplit linear(String module) {
        return switch (rule(module)) {
            case QUERY_HEADS, KEY_VALUE_HEADS, COLUMN, VOCABULARY -> LinearSplit.COLUMN;
            case ROW -> LinearSplit.ROW;
            case STREAM_NORM, HEAD_NORM ->
                throw new IllegalArgumentException("'" + module + "' is no linear in the table of tensor parallelism");
        };
    }

    @Override
    public Place parameter(String name, long[] wholeShape) {
        int dot = name.lastIndexOf('.');
        boolean bias = name.substring(dot + 1).equals("bias");
        return switch (rule(name.substring(0, dot))) {
            case QUERY_HEADS, COLUMN, VOCABULARY -> new Place(part(wholeShape, 0, rank, degree, 1), false);
            case KEY_VALUE_HEADS -> keyValueHeads(wholeShape);
            case ROW -> bias ? whole(wholeShape, false) : new Place(part(wholeShape, 1, rank, degree, 1), false);
            case STREAM_NORM -> whole(wholeShape, sequenceParallel);
            case HEAD_NORM -> whole(wholeShape, true);
        };
    }

    /** First row of a rank's part of a table of that many; parts differ by one row at most. */
    static long firstRow(long numRows, int rank, int degree) {
        return numRows * rank / degree;
    }

    private Place keyValueHeads(long[] wholeShape) {
        int numParts = Math.min(config.numKeyValueHeads(), degree);
        int numCopies = degree / numParts;
        // The queries of each rank use the heads in their own way, so each copy has its own share of the gradient.
        return new Place(part(wholeShape, 0, rank / numCopies, numParts, numCopies), numCopies > 1);
    }

    private Place whole(long[] wholeShape, boolean partialGradient) {
        return new Place(TensorSplit.whole(wholeShape, degree), partialGradient);
    }

    private static TensorSplit part(long[] wholeShape, int dim, int index, int numParts, int numCopies) {
        long from = firstRow(wholeShape[dim], index, numParts);
        long end = firstRow(wholeShape[dim], index + 1, numParts);
        return new TensorSplit(wholeShape.clone(), dim, from, end - from, numCopies);
    }

    @Override
    public boolean addsRowBiases() {
        return rank == 0;
    }

    private static Rule rule(String module) {
        Rule rule = RULES.get(module.substring(module.lastIndexOf('.') + 1));
        if (rule == null) {
            throw new IllegalArgumentException("'" + module + "' is missing in the table of tensor parallelism");
        }
        return rule;
    }
}
