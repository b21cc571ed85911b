package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.Objects;

/**
 * How long an example may be, and what becomes of a longer one.
 *
 * @param srcLength {@code src_length}: tokens of the last turn's source at most
 * @param maxLength {@code max_length}: tokens of an example at most, and slots of a pack
 * @param truncationSide {@code truncation_side}
 * @param overflow {@code overflow}
 */
public record LengthLimits(int srcLength, int maxLength, TruncationSide truncationSide, Overflow overflow)
        implements Serializable {
    /** Default of {@code src_length}. */
    public static final int DEFAULT_SRC_LENGTH = 1024;

    /** Default of {@code max_length}. */
    public static final int DEFAULT_MAX_LENGTH = 2048;

    private static final int LARGEST = 1 << 24;

    /** Checks the values. */
    public LengthLimits {
        if (srcLength < 1 || maxLength <= srcLength) {
            throw new BadInputException(
                    "src_length is %d and max_length is %d; give 1 <= src_length < max_length, so that a target has room"
                            .formatted(srcLength, maxLength));
        }
        if (maxLength > LARGEST) {
            throw new BadInputException(
                    "max_length is %d; give a number of tokens of at most %d".formatted(maxLength, LARGEST));
        }
        Objects.requireNonNull(truncationSide, "truncationSide");
        Objects.requireNonNull(overflow, "overflow");
    }

    /** Longer rows are truncated, sources at their beginning. */
    public static LengthLimits of(int srcLength, int maxLength) {
        return new LengthLimits(srcLength, maxLength, TruncationSide.LEFT, Overflow.TRUNCATE);
    }
}
