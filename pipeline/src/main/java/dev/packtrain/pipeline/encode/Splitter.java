package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import java.util.ArrayList;
import java.util.List;

/** {@link Overflow#SPLIT}: a long row to several examples that have all its tokens between them. */
final class Splitter {
    private final int maxLength;

    Splitter(int maxLength) {
        this.maxLength = maxLength;
    }

    /** The pieces in order; none if nothing in any piece takes a loss. */
    List<TokenizedExample> split(long id, TokenSequence row) {
        List<TokenizedExample> pieces = new ArrayList<>();
        for (int from = 0; from < row.length(); ) {
            int to = end(row, from);
            if (row.isLearnt(from, to)) {
                pieces.add(row.example(id, from, to));
            }
            from = to;
        }
        return pieces;
    }

    /** Where the piece that starts at {@code from} ends: with a turn if one ends in time. */
    private int end(TokenSequence row, int from) {
        int limit = from + maxLength;
        if (limit >= row.length()) {
            return row.length();
        }
        int end = limit;
        for (int start : row.turnStarts()) {
            if (start > from && start <= limit) {
                end = start;
            }
        }
        return end;
    }
}
