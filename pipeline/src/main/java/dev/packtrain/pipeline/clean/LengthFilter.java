package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.source.RejectReason;
import java.io.Serializable;
import java.util.Optional;

/**
 * Takes out rows whose source or target is too short, too long, or out of proportion. Lengths are Unicode characters (code
 * points) of all turns together; plain text is all target and has no ratio.
 *
 * @param minSrcChars {@code min_src_chars}, default 0: no limit
 * @param maxSrcChars {@code max_src_chars}, default {@link #NO_MAX}: no limit
 * @param minTgtChars {@code min_tgt_chars}, default 0: no limit
 * @param maxTgtChars {@code max_tgt_chars}, default {@link #NO_MAX}: no limit
 * @param minTgtSrcRatio {@code min_tgt_src_ratio}, characters of the target for each of the source, default 0: no limit
 * @param maxTgtSrcRatio {@code max_tgt_src_ratio}, default infinite: no limit
 */
public record LengthFilter(
        int minSrcChars,
        int maxSrcChars,
        int minTgtChars,
        int maxTgtChars,
        double minTgtSrcRatio,
        double maxTgtSrcRatio)
        implements Serializable {
    /** As a maximum: none. */
    public static final int NO_MAX = Integer.MAX_VALUE;

    /** Takes nothing out. */
    public static final LengthFilter OFF = new LengthFilter(0, NO_MAX, 0, NO_MAX, 0, Double.POSITIVE_INFINITY);

    /** Checks the values. */
    public LengthFilter {
        requireRange(minSrcChars, maxSrcChars, "src_chars");
        requireRange(minTgtChars, maxTgtChars, "tgt_chars");
        requireRange(minTgtSrcRatio, maxTgtSrcRatio, "tgt_src_ratio");
    }

    private static void requireRange(double min, double max, String name) {
        if (!(min >= 0 && min <= max)) {
            throw new BadInputException(
                    "min_%s is %s and max_%s is %s; give a minimum of 0 or more and a maximum not below"
                            .formatted(name, Removal.number(min), name, Removal.number(max)));
        }
    }

    /** The same with other limits of the target. */
    public LengthFilter withTarget(int minChars, int maxChars) {
        return new LengthFilter(minSrcChars, maxSrcChars, minChars, maxChars, minTgtSrcRatio, maxTgtSrcRatio);
    }

    /** The same with other limits of the source. */
    public LengthFilter withSource(int minChars, int maxChars) {
        return new LengthFilter(minChars, maxChars, minTgtChars, maxTgtChars, minTgtSrcRatio, maxTgtSrcRatio);
    }

    /** The same with other limits of the ratio. */
    public LengthFilter withRatio(double min, double max) {
        return new LengthFilter(minSrcChars, maxSrcChars, minTgtChars, maxTgtChars, min, max);
    }

    boolean isOn() {
        return !equals(OFF);
    }

    Optional<Removal> check(String source, String target) {
        int src = source.codePointCount(0, source.length());
        int tgt = target.codePointCount(0, target.length());
        if (src < minSrcChars) {
            return tooShort(RejectReason.SRC_TOO_SHORT, "source", src, "min_src_chars", minSrcChars);
        }
        if (src > maxSrcChars) {
            return tooShort(RejectReason.SRC_TOO_LONG, "source", src, "max_src_chars", maxSrcChars);
        }
        if (tgt < minTgtChars) {
            return tooShort(RejectReason.TGT_TOO_SHORT, "target", tgt, "min_tgt_chars", minTgtChars);
        }
        if (tgt > maxTgtChars) {
            return tooShort(RejectReason.TGT_TOO_LONG, "target", tgt, "max_tgt_chars", maxTgtChars);
        }
        double ratio = (double) tgt / src;
        if (src > 0 && (ratio < minTgtSrcRatio || ratio > maxTgtSrcRatio)) {
            boolean low = ratio < minTgtSrcRatio;
            return Optional.of(new Removal(
                    RejectReason.TGT_SRC_RATIO,
                    "the target has %s characters for each of the source; %s is %s"
                            .formatted(
                                    Removal.number(ratio),
                                    low ? "min_tgt_src_ratio" : "max_tgt_src_ratio",
                                    Removal.number(low ? minTgtSrcRatio : maxTgtSrcRatio))));
        }
        return Optional.empty();
    }

    private static Optional<Removal> tooShort(RejectReason reason, String which, int got, String key, int limit) {
        return Optional.of(new Removal(reason, "the %s has %d characters; %s is %d".formatted(which, got, key, limit)));
    }
}
