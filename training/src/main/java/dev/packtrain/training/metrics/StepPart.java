package dev.packtrain.training.metrics;

/** Parts of a training step, in their order. */
public enum StepPart {
    /** Waiting for the packs of this step, before the step's own time begins. */
    LOADER,
    /** Rows of the token embedding, forward and backward, and what is prepared once a pack. */
    EMBEDDING,
    BLOCKS_FORWARD,
    /** Output head and cross-entropy, forward and backward. */
    LOSS,
    BLOCKS_BACKWARD,
    /** Sums over microbatches and ranks, clipping, AdamW, clearing the gradients. */
    OPTIMIZER
}
