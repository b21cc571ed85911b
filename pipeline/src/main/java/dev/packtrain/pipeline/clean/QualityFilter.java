package dev.packtrain.pipeline.clean;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.source.RejectReason;
import java.io.Serializable;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Takes out rows whose target reads like no text: the rules of Gopher (Rae et al., 2021, appendix A) and C4 (Raffel et
 * al., 2020) that make sense for an answer. Each is a share of the target, from 0 to 1; the row goes if it is exceeded; 1
 * switches the rule off.
 *
 * @param maxNonTextRatio {@code max_non_text_ratio}: characters that are neither letters (with their marks), digits nor
 *     white space
 * @param maxRepeatedLineRatio {@code max_repeated_line_ratio}: lines that stand there before, blank ones not counted;
 *     Gopher has 0.3
 * @param maxRepeatedNgramRatio {@code max_repeated_ngram_ratio}: units (words, or single characters of scripts without
 *     spaces) covered by a run of {@link #NGRAM} units that stands there before; Gopher has 0.1
 */
public record QualityFilter(double maxNonTextRatio, double maxRepeatedLineRatio, double maxRepeatedNgramRatio)
        implements Serializable {
    /** Units of a repeated run, the longest that Gopher looks at. */
    public static final int NGRAM = 10;

    /** Takes nothing out. */
    public static final QualityFilter OFF = new QualityFilter(1, 1, 1);

    /** Checks the values. */
    public QualityFilter {
        requireShare(maxNonTextRatio, "max_non_text_ratio");
        requireShare(maxRepeatedLineRatio, "max_repeated_line_ratio");
        requireShare(maxRepeatedNgramRatio, "max_repeated_ngram_ratio");
    }

    private static void requireShare(double value, String key) {
        if (!(value >= 0 && value <= 1)) {
            throw new BadInputException("%s is %s; give a share from 0 to 1 (1: off)".formatted(key, value));
        }
    }

    boolean isOn() {
        return !equals(OFF);
    }

    Optional<Removal> check(String target) {
        return over(nonText(target), maxNonTextRatio, RejectReason.NON_TEXT, "max_non_text_ratio")
                .or(() -> over(
                        maxRepeatedLineRatio < 1 ? repeatedLines(target) : 0,
                        maxRepeatedLineRatio,
                        RejectReason.REPEATED_LINES,
                        "max_repeated_line_ratio"))
                .or(() -> over(
                        maxRepeatedNgramRatio < 1 ? repeatedUnits(target) : 0,
                        maxRepeatedNgramRatio,
                        RejectReason.REPEATED_NGRAMS,
                        "max_repeated_ngram_ratio"));
    }

    private static Optional<Removal> over(double share, double limit, RejectReason reason, String key) {
        if (share <= limit) {
            return Optional.empty();
        }
        String what =
                switch (reason) {
                    case NON_TEXT -> "of the target's characters are no text";
                    case REPEATED_LINES -> "of the target's lines stand there before";
                    default -> "of the target repeats %d words or characters in a row".formatted(NGRAM);
                };
        return Optional.of(new Removal(reason, "%s %s; %s is %s".formatted(Removal.number(share), what, key, limit)));
    }

    static double nonText(String text) {
        long all = text.codePointCount(0, text.length());
        long others = text.codePoints().filter(c -> !isText(c)).count();
        return all == 0 ? 0 : (double) others / all;
    }

    private static boolean isText(int c) {
        return switch (Character.getType(c)) {
            // A letter of an Indic script or Arabic may be several characters: the base and its marks.
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> Character.isLetterOrDigit(c) || Character.isWhitespace(c) || Character.isSpaceChar(c);
        };
    }

    static double repeatedLines(String text) {
        Set<String> seen = new HashSet<>();
        long[] lines = {0, 0};
        text.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(line -> {
            lines[0]++;
            lines[1] += seen.add(line) ? 0 : 1;
        });
        return lines[0] == 0 ? 0 : (double) lines[1] / lines[0];
    }

    static double repeatedUnits(String text) {
        TextUnits units = TextUnits.of(text.toLowerCase(Locale.ROOT));
        Set<Long> seen = new HashSet<>();
        int covered = 0;
        int coveredTo = 0;
        for (int from = 0; from + NGRAM <= units.size(); from++) {
            if (!seen.add(units.hash(from, from + NGRAM))) {
                covered += from + NGRAM - Math.max(from, coveredTo);
                coveredTo = from + NGRAM;
            }
        }
        return units.size() == 0 ? 0 : (double) covered / units.size();
    }
}
