package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.packtrain.training.model.TensorSplit;
import org.bytedeco.pytorch.Tensor;

/**
 * A run of elements of one tensor of the trained state, as one rank holds it. All pieces that say {@link #writes}, over all
 * ranks, cover every element of every tensor exactly once.
 *
 * @param name Hugging Face name of the parameter
 * @param kind which of its tensors
 * @param split the part of the whole tensor that this rank's layer has
 * @param from elements of that part, flattened in row-major order, before this piece
 * @param values the elements, {@code [n]}, contiguous: a view, so that what is copied into it is the state
 * @param writes whether this rank is the one to save them; ranks with copies restore them too
 */
public record StatePiece(String name, Kind kind, TensorSplit split, long from, Tensor values, boolean writes) {
    /** What is kept of a parameter. */
    public enum Kind {
        /** In the dtype of the model. */
        WEIGHT("weight"),
        /** What an fp32 master weight has beyond its bf16 part, int16. */
        REMAINDER("remainder"),
        /** First moment, fp32 or bf16. */
        EXP_AVG("exp_avg"),
        /** Second moment, fp32 or bf16. */
        EXP_AVG_SQ("exp_avg_sq"),
        /** Of {@link dev.packtrain.training.model.UpdateRule.Statistic}, fp32. */
        SENSITIVITY("sensitivity"),
        /** Likewise. */
        UNCERTAINTY("uncertainty");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        /** As it is called in a checkpoint. */
        @JsonValue
        public String key() {
            return key;
        }
    }
}
