package dev.packtrain.pipeline.report;

import java.io.Serializable;

/**
 * What became of the rows of one file, or of one of several data sets that were mixed.
 *
 * @param name as messages show it
 * @param rowsRead all its rows
 * @param rowsKept of them, those that are examples in the shards
 * @param rowsRejected of them, those that were put aside
 * @param examples examples made of the kept rows, more than those if rows were split
 * @param tokens in the shards, without padding
 * @param labelTokens of them, those that take a loss
 * @param tokensDropped lost to the length limits
 */
public record SourceFigures(
        String name,
        long rowsRead,
        long rowsKept,
        long rowsRejected,
        long examples,
        long tokens,
        long labelTokens,
        long tokensDropped)
        implements Serializable {
    /** Sources that the report names; the smaller ones are added up. */
    public static final int MAX_SOURCES = 40;

    /** Checks that no row is missing. */
    public SourceFigures {
        if (rowsRead != rowsKept + rowsRejected) {
            throw new IllegalStateException("of %s %d rows were read, but %d kept and %d rejected"
                    .formatted(name, rowsRead, rowsKept, rowsRejected));
        }
    }

    static SourceFigures none(String name) {
        return new SourceFigures(name, 0, 0, 0, 0, 0, 0, 0);
    }

    SourceFigures plus(SourceFigures other) {
        return new SourceFigures(
                name,
                rowsRead + other.rowsRead,
                rowsKept + other.rowsKept,
                rowsRejected + other.rowsRejected,
                examples + other.examples,
                tokens + other.tokens,
                labelTokens + other.labelTokens,
                tokensDropped + other.tokensDropped);
    }
}
