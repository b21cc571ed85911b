package dev.packtrain.training.engine;

import org.bytedeco.pytorch.Tensor;

/**
 * A transformer block as three segments of ordinary ops. Attention lies between the first two; a sum over tensor-parallel
 * ranks and a residual addition follow the second and the third. None of them may touch its inputs in place.
 */
public interface DecoderBlock {
    /**
     * Norm, query, key and value projections, rotary positions.
     *
     * @param hTE residual stream
     * @param rotary the model's tables for the positions of these tokens
     * @return {@code qTHD}, {@code kTGD}, {@code vTGD} with the heads of this rank
     */
    Tensor[] attentionInput(Tensor hTE, Tensor[] rotary);

    /** Output projection: from {@code oTHD} to {@code [T, E]}, a partial sum if the heads are spread over ranks. */
    Tensor attentionOutput(Tensor oTHD);

    /** Norm and feed-forward layer: from {@code hTE} to {@code [T, E]}, a partial sum if its width is spread over ranks. */
    Tensor feedForward(Tensor hTE);
}
