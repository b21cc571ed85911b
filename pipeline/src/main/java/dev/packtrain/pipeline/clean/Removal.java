package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.source.RejectReason;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Objects;

/**
 * Why cleaning takes a row out.
 *
 * @param reason the stage that takes it out; of several the first, in the order of {@link CleanOptions}
 * @param detail a short clause for the row's owner, such as which row is kept instead
 */
public record Removal(RejectReason reason, String detail) implements Serializable {
    /** Checks that nothing is missing. */
    public Removal {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(detail, "detail");
    }

    /** A figure as a detail shows it: three digits, and none that say nothing. */
    static String number(double value) {
        return Double.isFinite(value)
                ? new BigDecimal(value)
                        .round(new MathContext(value >= 100 ? 12 : 3))
                        .stripTrailingZeros()
                        .toPlainString()
                : Double.toString(value);
    }
}
