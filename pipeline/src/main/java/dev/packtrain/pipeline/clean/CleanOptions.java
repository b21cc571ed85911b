package dev.packtrain.pipeline.clean;

import java.io.Serializable;
import java.util.Objects;

/**
 * What cleaning takes out, in the order in which it is decided: a row that several stages would take out goes for the
 * first of them, and a later stage does not see it. Everything is off by default.
 *
 * @param lengths limits of lengths
 * @param quality limits of what reads like no text
 * @param decontamination what a held-out set has too
 * @param dedup equal rows
 * @param nearDedup nearly equal rows
 * @param split what belongs to the other set of a train/dev split
 * @param seed {@code seed}: of the MinHash functions
 */
public record CleanOptions(
        LengthFilter lengths,
        QualityFilter quality,
        Decontamination decontamination,
        Dedup dedup,
        NearDedup nearDedup,
        DevSplit split,
        long seed)
        implements Serializable {
    /** Takes nothing out. */
    public static final CleanOptions OFF = new CleanOptions(
            LengthFilter.OFF, QualityFilter.OFF, Decontamination.OFF, Dedup.OFF, NearDedup.OFF, DevSplit.OFF, 0);

    /** Checks that nothing is missing. */
    public CleanOptions {
        Objects.requireNonNull(lengths, "lengths");
        Objects.requireNonNull(quality, "quality");
        Objects.requireNonNull(decontamination, "decontamination");
        Objects.requireNonNull(dedup, "dedup");
        Objects.requireNonNull(nearDedup, "nearDedup");
        Objects.requireNonNull(split, "split");
    }

    /** Whether any stage is on; if not, the rows need not be looked at. */
    public boolean isOn() {
        return lengths.isOn()
                || quality.isOn()
                || decontamination.isOn()
                || dedup.isOn()
                || nearDedup.isOn()
                || split.isOn();
    }

    /** The same with these limits of lengths. */
    public CleanOptions with(LengthFilter other) {
        return new CleanOptions(other, quality, decontamination, dedup, nearDedup, split, seed);
    }

    /** The same with these limits of what reads like no text. */
    public CleanOptions with(QualityFilter other) {
        return new CleanOptions(lengths, other, decontamination, dedup, nearDedup, split, seed);
    }

    /** The same against this held-out set. */
    public CleanOptions with(Decontamination other) {
        return new CleanOptions(lengths, quality, other, dedup, nearDedup, split, seed);
    }

    /** The same with this treatment of equal rows. */
    public CleanOptions with(Dedup other) {
        return new CleanOptions(lengths, quality, decontamination, other, nearDedup, split, seed);
    }

    /** The same with this treatment of nearly equal rows. */
    public CleanOptions with(NearDedup other) {
        return new CleanOptions(lengths, quality, decontamination, dedup, other, split, seed);
    }

    /** The same with this split. */
    public CleanOptions with(DevSplit other) {
        return new CleanOptions(lengths, quality, decontamination, dedup, nearDedup, other, seed);
    }

    /** The same with another seed. */
    public CleanOptions withSeed(long other) {
        return new CleanOptions(lengths, quality, decontamination, dedup, nearDedup, split, other);
    }
}
