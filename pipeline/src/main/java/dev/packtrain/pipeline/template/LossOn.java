package dev.packtrain.pipeline.template;

/** {@code loss_on}: which of the assistant's messages take a loss; one that its row excludes never does. */
public enum LossOn {
    /** All of them. */
    EVERY_TURN,
    /** The last one. */
    LAST_TURN
}
