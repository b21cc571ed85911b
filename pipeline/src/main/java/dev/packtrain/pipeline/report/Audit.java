package dev.packtrain.pipeline.report;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.packtrain.packing.Manifest;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * The account of a run: what entered is what left plus what was put aside, to the row and to the token.
 *
 * @param with what the figures came about with
 * @param examples examples made of the kept rows, more than those if rows were split
 * @param tokens where the tokens of the kept rows went
 * @param sources by file or data set, the ones with the most tokens first
 * @param sourceLengths tokens of an example that take no loss
 * @param targetLengths tokens of an example that do
 * @param paddingByMethod what each way of packing would leave empty, the bound last
 * @param firstRejected the first rejected rows, at most {@link RejectedRow#MAX_BY_KIND} of a kind
 */
public record Audit(
        @JsonUnwrapped PreparedWith with,
        long examples,
        @JsonUnwrapped TokenBalance tokens,
        List<SourceFigures> sources,
        LengthStatistics sourceLengths,
        LengthStatistics targetLengths,
        List<MethodPadding> paddingByMethod,
        List<RejectedRow> firstRejected) {
    /** Copies the lists. */
    public Audit {
        Objects.requireNonNull(with, "with");
        Objects.requireNonNull(tokens, "tokens");
        Objects.requireNonNull(sourceLengths, "sourceLengths");
        Objects.requireNonNull(targetLengths, "targetLengths");
        sources = List.copyOf(sources);
        paddingByMethod = List.copyOf(paddingByMethod);
        firstRejected = List.copyOf(firstRejected);
    }

    /**
     * Checks that the account adds up to the counts and the histogram beside it.
     *
     * @throws IllegalStateException if a row, an example or a token is missing or there twice
     */
    public void require(Manifest.Counts counts, LengthHistogram lengths) {
        tokens.require(counts.tokens(), counts.tokensDropped(), counts.rowsTruncated());
        requireSum("rows_read", SourceFigures::rowsRead, counts.rowsRead());
        requireSum("rows_kept", SourceFigures::rowsKept, counts.rowsKept());
        requireSum("rows_rejected", SourceFigures::rowsRejected, counts.rowsRejected());
        requireSum("examples", SourceFigures::examples, examples);
        requireSum("tokens", SourceFigures::tokens, counts.tokens());
        requireSum("label_tokens", SourceFigures::labelTokens, counts.labelTokens());
        requireSum("tokens_dropped", SourceFigures::tokensDropped, counts.tokensDropped());
        long inHistogram = lengths.buckets().stream()
                .mapToLong(LengthHistogram.Bucket::count)
                .sum();
        if (examples < counts.rowsKept() || inHistogram != examples) {
            throw new IllegalStateException("%d rows were kept, %d examples made of them and %d counted by length"
                    .formatted(counts.rowsKept(), examples, inHistogram));
        }
    }

    private void requireSum(String what, ToLongFunction<SourceFigures> figure, long wanted) {
        long sum = sources.stream().mapToLong(figure).sum();
        if (sum != wanted) {
            throw new IllegalStateException("%s is %d, but %d over all sources".formatted(what, wanted, sum));
        }
    }
}
