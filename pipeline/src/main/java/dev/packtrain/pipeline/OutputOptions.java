package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;

/**
 * Where the data set goes.
 *
 * @param directory {@code output_dir}: any path Hadoop can write
 * @param overwrite {@code overwrite_output_dir}: replace a data set that is there
 */
public record OutputOptions(String directory, boolean overwrite) implements Serializable {
    /** Checks the values. */
    public OutputOptions {
        if (directory == null || directory.isBlank()) {
            throw new BadInputException(
                    "output_dir is empty; give the directory that the data set is to be written to");
        }
    }

    /** A directory that holds no data set yet. */
    public static OutputOptions of(String directory) {
        return new OutputOptions(directory, false);
    }
}
