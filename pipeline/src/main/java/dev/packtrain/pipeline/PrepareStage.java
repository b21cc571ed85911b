package dev.packtrain.pipeline;

/** What preparing is busy with, in this order. */
public enum PrepareStage {
    /** Counting the rows of every piece of the input; a unit is a piece. */
    COUNTING,
    /** Sending the rows of an input that can be read only from its start to their groups; a unit is a piece. */
    GROUPING,
    /** Reading, tokenising and packing the rows and writing the shards; a unit is a group. */
    PACKING,
    /** Packing what groups could not place well; a unit is a group of one level of the carry tree. */
    CARRYING,
    /** Moving the files to their places; a unit is a file. */
    COMMITTING
}
