package dev.packtrain.pipeline.source;

import java.io.Serializable;

/**
 * The numbers of the first line of a slice.
 *
 * @param firstRow number of its first row in the whole input, 0-based
 * @param firstLine number of its first line in the file, 1-based
 */
public record SliceNumbers(long firstRow, long firstLine) implements Serializable {
    /** Those of the slice that follows one with these counts in the same file. */
    SliceNumbers plus(SliceCounts counts) {
        return new SliceNumbers(firstRow + counts.rows(), firstLine + counts.lines());
    }

    /** Those of the start of the next file. */
    SliceNumbers ofNextFile() {
        return new SliceNumbers(firstRow, 1);
    }
}
