package dev.packtrain.pipeline.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the tokens of the kept rows went.
 *
 * @param tokensBeforeLimits tokens of the kept rows, EOS included, before any limit on their length
 * @param tokensDroppedByCause of them, those that are not in the shards, by {@link TruncationCause}; a cause that never
 *     occurred is absent
 * @param rowsTruncatedByCause kept rows that lost tokens, by cause; a row may be under several
 */
public record TokenBalance(
        long tokensBeforeLimits, Map<String, Long> tokensDroppedByCause, Map<String, Long> rowsTruncatedByCause) {
    /** Copies the maps. */
    public TokenBalance {
        tokensDroppedByCause = Collections.unmodifiableMap(new LinkedHashMap<>(tokensDroppedByCause));
        rowsTruncatedByCause = Collections.unmodifiableMap(new LinkedHashMap<>(rowsTruncatedByCause));
    }

    static TokenBalance of(long tokensKept, Map<TruncationCause, TruncationCause.Loss> losses) {
        Map<String, Long> dropped = new LinkedHashMap<>();
        Map<String, Long> rows = new LinkedHashMap<>();
        long before = tokensKept;
        for (Map.Entry<TruncationCause, TruncationCause.Loss> loss : losses.entrySet()) {
            dropped.put(loss.getKey().key(), loss.getValue().tokens());
            rows.put(loss.getKey().key(), loss.getValue().rows());
            before += loss.getValue().tokens();
        }
        return new TokenBalance(before, dropped, rows);
    }

    /** Checks that no token is missing and none is there twice. */
    void require(long tokensKept, long tokensDropped, long rowsTruncated) {
        long byCause = sum(tokensDroppedByCause);
        if (tokensBeforeLimits != tokensKept + tokensDropped || byCause != tokensDropped) {
            throw new IllegalStateException(
                    "kept rows had %d tokens, of which %d were kept, %d dropped and %d dropped for a cause"
                            .formatted(tokensBeforeLimits, tokensKept, tokensDropped, byCause));
        }
        long most = sum(rowsTruncatedByCause);
        long largest = rowsTruncatedByCause.values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
        if (rowsTruncated > most || rowsTruncated < largest) {
            throw new IllegalStateException(
                    "%d rows lost tokens, but by cause %s".formatted(rowsTruncated, rowsTruncatedByCause));
        }
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
