package dev.packtrain.pipeline.report;

/**
 * A row that was put aside, as its line under {@code rejected/} says.
 *
 * @param file where it is, as messages show it
 * @param line 1-based
 * @param kind the reason by which it is counted
 * @param reason a short clause for its owner
 * @param row its beginning
 */
public record RejectedRow(String file, long line, String kind, String reason, String row) {
    /** Rows of one kind that the report shows. */
    public static final int MAX_BY_KIND = 3;

    /** Rows that the report shows in all. */
    public static final int MAX_ROWS = 24;
}
