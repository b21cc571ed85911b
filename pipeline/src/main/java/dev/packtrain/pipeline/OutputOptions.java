package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.Objects;

/**
 * Where the data set goes.
 *
 * @param directory {@code output_dir}: any path Hadoop can write
 * @param mode what becomes of a data set that is there: {@code overwrite_output_dir}, {@code append}; at most one of them
 */
public record OutputOptions(String directory, OutputMode mode) implements Serializable {
    /** Checks the values. */
    public OutputOptions {
        Objects.requireNonNull(mode, "mode");
        if (directory == null || directory.isBlank()) {
            throw new BadInputException(
                    "output_dir is empty; give the directory that the data set is to be written to");
        }
    }

    /** A directory that holds no data set yet, or one that is replaced if {@code overwrite}. */
    public OutputOptions(String directory, boolean overwrite) {
        this(directory, overwrite ? OutputMode.OVERWRITE : OutputMode.NEW);
    }

    /** A directory that holds no data set yet. */
    public static OutputOptions of(String directory) {
        return new OutputOptions(directory, OutputMode.NEW);
    }

    /** Whether a data set that is there is replaced. */
    public boolean overwrite() {
        return mode == OutputMode.OVERWRITE;
    }
}
