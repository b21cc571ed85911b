package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.Objects;

/**
 * Splits rows into a train and a dev set by a hash of their text. Equal texts are always on the same side, no row ever
 * changes sides because others are added (with a share; see {@code rows}), and the seed of a run has no part in it.
 *
 * @param ratio {@code dev_ratio}: share of the rows that goes to dev, 0 (default, off) to less than 1
 * @param rows {@code dev_rows} instead of a share: so many rows, those with the smallest hashes (more if equal texts tie),
 *     0 (default) to {@link #MAX_ROWS}; with more input, rows can leave the dev set, none ever comes back
 * @param by {@code dev_split_by}: which text is hashed
 * @param side {@code split}: which of the two sets this run makes
 */
public record DevSplit(double ratio, int rows, By by, Side side) implements Serializable {
    /** {@code dev_rows} cannot be more: their hashes are on the driver. */
    public static final int MAX_ROWS = 100_000;

    /** Everything is train. */
    public static final DevSplit OFF = new DevSplit(0, 0, By.SRC, Side.TRAIN);

    /** Which text decides. */
    public enum By {
        /** The source: one question with several answers stays on one side. Rows without a source: all their text. */
        SRC,
        /** All text of the row. */
        RECORD
    }

    /** The two sets. */
    public enum Side {
        /** Rows of the dev set go, as held out. */
        TRAIN,
        /** Rows of the train set go. */
        DEV
    }

    /** Checks the values. */
    public DevSplit {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(side, "side");
        if (!(ratio >= 0 && ratio < 1)) {
            throw new BadInputException(
                    "dev_ratio is %s; give the share of rows for the dev set, from 0 (none) to less than 1"
                            .formatted(ratio));
        }
        if (rows < 0 || rows > MAX_ROWS) {
            throw new BadInputException(
                    "dev_rows is %d; give 0 (none) to %d, or dev_ratio for more".formatted(rows, MAX_ROWS));
        }
        if (ratio > 0 && rows > 0) {
            throw new BadInputException("dev_ratio is %s and dev_rows is %d; give one of them".formatted(ratio, rows));
        }
        if (side == Side.DEV && ratio == 0 && rows == 0) {
            throw new BadInputException(
                    "split is \"dev\", but nothing goes to the dev set; give dev_ratio or dev_rows");
        }
    }

    /** The train side of a split by share. */
    public static DevSplit ofRatio(double ratio) {
        return new DevSplit(ratio, 0, By.SRC, Side.TRAIN);
    }

    /** The other set of the same split. */
    public DevSplit of(Side other) {
        return new DevSplit(ratio, rows, by, other);
    }

    boolean isOn() {
        return ratio > 0 || rows > 0;
    }

    /** What decides on a record's side, in [0, 1): the lower, the sooner it goes to dev. */
    double position(CleanRecord record) {
        String source = by == By.SRC ? record.source() : "";
        TextHash hash =
                source.isEmpty() ? TextHash.of(record, TextNormalization.NONE) : TextHash.of("dev_split", source);
        return hash.unit();
    }
}
