package dev.packtrain.training.engine;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Adds to some rows of the residual stream behind a block what is a function of each of them. Called with recording off. */
public interface Intervention {
    /**
     * The rows that it changes, among {@code numRows} neighbours of the pack; the same in every call of a pass.
     *
     * @param firstRow token of the pack that the first of them is
     * @return int64 {@code [P]}, rising, counted from {@code firstRow}; empty where it changes none of them
     */
    Optional<Tensor> rows(long firstRow, long numRows);

    /**
     * From rows of the stream, {@code [P, E]}, to what is added to them.
     *
     * @param firstRow as in {@link #rows}
     * @param rowsP what {@link #rows} gave
     */
    Segment change(long firstRow, Tensor rowsP);
}
