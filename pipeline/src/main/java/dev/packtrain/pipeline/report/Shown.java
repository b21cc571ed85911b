package dev.packtrain.pipeline.report;

import java.util.Locale;

/** Figures as people read them, the same on the page and in the terminal. */
public final class Shown {
    private Shown() {}

    /** A count, with commas. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A mean. */
    public static String mean(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    /** A share from 0 to 1 in percent, with more digits the nearer it is to nothing or all. */
    public static String percent(double share) {
        double percent = 100 * share;
        int digits =
                percent == 0 || percent == 100 ? 0 : percent >= 99.95 ? 4 : percent >= 10 ? 1 : percent >= 0.1 ? 2 : 4;
        return String.format(Locale.ROOT, "%." + digits + "f %%", percent);
    }

    /** A part of a whole in percent. */
    public static String percent(long part, long whole) {
        return percent(whole == 0 ? 0 : (double) part / whole);
    }

    /** A duration. */
    public static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 100 ? "%.1f s" : "%,.0f s", seconds);
    }

    /** So many of something. */
    public static String count(long value, String singular, String plural) {
        return count(value) + " " + (value == 1 ? singular : plural);
    }

    /** A key of the JSON in words: {@code malformed_json} is "malformed json". */
    public static String words(String key) {
        return key.replace('_', ' ');
    }

    /** A packing method in words. */
    public static String method(String key) {
        return switch (key) {
            case "none" -> "one row a pack";
            case "next_fit" -> "next fit";
            case "worst_fit" -> "worst fit (PaddleNLP’s rule)";
            case "best_fit_decreasing" -> "best fit decreasing";
            case "pattern" -> "patterns";
            case MethodPadding.BOUND -> "bound";
            default -> words(key);
        };
    }

    /** How a figure came about, in words. */
    public static String basis(MethodPadding.Basis basis) {
        return switch (basis) {
            case MEASURED -> "measured: the method used";
            case EXACT -> "exact, all examples at once";
            case EXACT_BY_GROUP -> "exact, group by group";
            case FIRST_GROUPS -> "worked out on the first groups";
        };
    }

    /** Why tokens were dropped, in words. */
    public static String cause(String key) {
        return switch (key) {
            case "source_cut" -> "source longer than src_length";
            case "target_cut" -> "target beyond max_length";
            case "oldest_turns" -> "oldest turns dropped";
            case "split_remainder" -> "pieces without a loss";
            default -> words(key);
        };
    }
}
