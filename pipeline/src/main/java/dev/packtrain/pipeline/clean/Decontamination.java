package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;

/**
 * Takes out rows that share passages with a held-out set, as GPT-3 (Brown et al., 2020, appendix C) did.
 *
 * <p>A passage is {@code ngram} words in a row, case and punctuation aside. A character of a script that puts no spaces
 * between words counts 0.65 of a word, so that 13 words are 20 Chinese characters. A held-out row that is shorter than a
 * passage matches only a row that is equal to it as a whole.
 *
 * @param path {@code decontaminate_against}: where the held-out set is, in any format that rows can have; null (default)
 *     switches decontamination off
 * @param ngram {@code decontaminate_ngram}: 13 by default (GPT-3; Llama 2 has more than 10 tokens), 5 to 100
 * @param maxOverlap {@code decontaminate_max_overlap}: share of a row's passages that may be in the held-out set, from 0
 *     (default: none) to less than 1
 */
public record Decontamination(String path, int ngram, double maxOverlap) implements Serializable {
    /** Default of {@code decontaminate_ngram}. */
    public static final int DEFAULT_NGRAM = 13;

    /** Takes nothing out. */
    public static final Decontamination OFF = new Decontamination(null, DEFAULT_NGRAM, 0);

    private static final int MIN_NGRAM = 5;
    private static final int MAX_NGRAM = 100;

    /** Checks the values. */
    public Decontamination {
        if (path != null && path.isBlank()) {
            throw new BadInputException("decontaminate_against is empty; give the path of the held-out set");
        }
        if (ngram < MIN_NGRAM || ngram > MAX_NGRAM) {
            throw new BadInputException(
                    "decontaminate_ngram is %d; give %d to %d words".formatted(ngram, MIN_NGRAM, MAX_NGRAM));
        }
        if (!(maxOverlap >= 0 && maxOverlap < 1)) {
            throw new BadInputException(
                    "decontaminate_max_overlap is %s; give a share from 0 to less than 1".formatted(maxOverlap));
        }
    }

    /** Against a held-out set, with the defaults. */
    public static Decontamination against(String path) {
        return new Decontamination(path, DEFAULT_NGRAM, 0);
    }

    boolean isOn() {
        return path != null;
    }
}
