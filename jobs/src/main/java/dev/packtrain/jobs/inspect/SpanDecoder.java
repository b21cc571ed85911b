package dev.packtrain.jobs.inspect;

import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The text of a part of a document. */
@FunctionalInterface
interface SpanDecoder {
    /** The ids themselves, for a shard without its tokenizer. */
    SpanDecoder IDS = (document, from, to) ->
            Arrays.stream(document, from, to).mapToObj(Integer::toString).collect(Collectors.joining(" "));

    /**
     * Decodes {@code document[from, to)}.
     *
     * @param document ids of the whole document
     */
    String decode(int[] document, int from, int to);

    /** With a tokenizer; special tokens stay visible. */
    static SpanDecoder with(Tokenizer tokenizer) {
        return (document, from, to) -> {
            String before = from == 0 ? "" : tokenizer.decode(Arrays.copyOf(document, from), false);
            String whole = tokenizer.decode(Arrays.copyOf(document, to), false);
            // Some tokenizers drop a leading space, so a span alone may read otherwise than in its document.
            return whole.startsWith(before)
                    ? whole.substring(before.length())
                    : tokenizer.decode(Arrays.copyOfRange(document, from, to), false);
        };
    }
}
