package dev.packtrain.pipeline;

/** What becomes of a data set that is in the output directory already. */
public enum OutputMode {
    /** There must be none: the run makes version 1. */
    NEW,
    /** {@code overwrite_output_dir}: it is replaced by a new version, and its files are removed. */
    OVERWRITE,
    /** {@code append}: it stays, and a new version has its rows and the new ones. Without a data set like {@link #NEW}. */
    APPEND
}
