package dev.packtrain.pipeline;

/** What preparing is busy with, in this order. */
public enum PrepareStage {
    /** Counting the rows of every piece of the input; a unit is a piece. */
    COUNTING,
    /** Checking and tokenising the rows; a unit is a piece. */
    TOKENIZING,
    /** Packing and writing the shards; a unit is a group. */
    PACKING,
    /** Moving the files to their places; a unit is a file. */
    COMMITTING
}
