package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.Objects;

/**
 * Takes out rows that say nearly what an earlier row says: the Jaccard similarity of their sets of shingles (overlapping
 * pieces of text) is at least the threshold. Case and white space do not count.
 *
 * @param threshold {@code near_dedup_threshold}: 0 (default) switches it off; else 0.3 to 1; 0.8 is usual (Lee et al.,
 *     2022; NeMo Curator)
 * @param ngram {@code near_dedup_ngram}: units of a shingle, 1 to 32; 5 is the default
 * @param unit {@code near_dedup_unit}: what a shingle is made of
 */
public record NearDedup(double threshold, int ngram, Unit unit) implements Serializable {
    /** Default of {@code near_dedup_ngram}. */
    public static final int DEFAULT_NGRAM = 5;

    /** Takes nothing out. */
    public static final NearDedup OFF = new NearDedup(0, DEFAULT_NGRAM, Unit.CHAR);

    /** A pair at the threshold is missed at most so often. */
    public static final double MAX_MISS = 0.01;

    private static final double MIN_THRESHOLD = 0.3;
    private static final int MAX_NGRAM = 32;
    private static final int MAX_HASHES = 64;
    private static final int MAX_ROWS_PER_BAND = 8;

    /** What a shingle is made of. */
    public enum Unit {
        /** Characters: right for every language, and for Chinese the only one. */
        CHAR,
        /** Words; single characters of scripts that put no spaces between words. */
        WORD
    }

    /** Checks the values. */
    public NearDedup {
        Objects.requireNonNull(unit, "unit");
        if (threshold != 0 && !(threshold >= MIN_THRESHOLD && threshold <= 1)) {
            throw new BadInputException("near_dedup_threshold is %s; give 0 (off) or a Jaccard similarity from %s to 1"
                    .formatted(threshold, MIN_THRESHOLD));
        }
        if (ngram < 1 || ngram > MAX_NGRAM) {
            throw new BadInputException("near_dedup_ngram is %d; give 1 to %d".formatted(ngram, MAX_NGRAM));
        }
    }

    /** Shingles of five characters. */
    public static NearDedup of(double threshold) {
        return new NearDedup(threshold, DEFAULT_NGRAM, Unit.CHAR);
    }

    boolean isOn() {
        return threshold > 0;
    }

    /**
     * How many MinHash values are compared, and how.
     *
     * @param bands two rows are looked at closely if they agree in one of so many bands
     * @param width hash values of a band, which must all be equal
     */
    record Bands(int bands, int width) implements Serializable {
        int numHashes() {
            return bands * width;
        }

        /** How likely two rows of this similarity are not looked at. */
        double miss(double similarity) {
            return Math.pow(1 - Math.pow(similarity, width), bands);
        }
    }

    /**
     * The widest bands, which look at the fewest pairs in vain, that with {@value #MAX_HASHES} hashes or fewer miss at most
     * {@link #MAX_MISS} of the pairs at the threshold.
     */
    Bands bands() {
        for (int width = MAX_ROWS_PER_BAND; width > 1; width--) {
            int bands = 1;
            while (bands * width <= MAX_HASHES && new Bands(bands, width).miss(threshold) > MAX_MISS) {
                bands++;
            }
            if (bands * width <= MAX_HASHES) {
                return new Bands(bands, width);
            }
        }
        return new Bands(MAX_HASHES, 1);
    }
}
