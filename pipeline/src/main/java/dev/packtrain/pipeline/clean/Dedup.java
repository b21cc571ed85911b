package dev.packtrain.pipeline.clean;

import java.io.Serializable;
import java.util.Objects;

/**
 * Takes out rows that say exactly what an earlier row says; the one with the smallest number stays.
 *
 * @param isOn {@code dedup}, default false
 * @param normalization {@code dedup_normalize}: what the comparison overlooks, by default nothing
 */
public record Dedup(boolean isOn, TextNormalization normalization) implements Serializable {
    /** Takes nothing out. */
    public static final Dedup OFF = new Dedup(false, TextNormalization.NONE);

    /** Takes out rows whose texts are equal to the character. */
    public static final Dedup EXACT = new Dedup(true, TextNormalization.NONE);

    /** Checks that nothing is missing. */
    public Dedup {
        Objects.requireNonNull(normalization, "normalization");
    }
}
