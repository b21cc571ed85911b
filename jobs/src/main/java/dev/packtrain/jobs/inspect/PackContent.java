package dev.packtrain.jobs.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A pack for a reader's eyes.
 *
 * @param number in the data set, or the row of the shard
 * @param documents in the order of the pack
 * @param numTokens without padding
 * @param numLabelTokens of them, those that take a loss
 * @param numPadding slots after the last document
 */
record PackContent(long number, List<Document> documents, int numTokens, int numLabelTokens, int numPadding) {
    PackContent {
        documents = List.copyOf(documents);
    }

    /**
     * One document.
     *
     * @param exampleId number of the input record
     * @param firstToken slot of its first token
     * @param lastToken slot of its last token
     * @param firstPosition position id of its first token
     * @param lastPosition position id of its last token
     * @param spans its tokens, masked and labelled ones apart
     */
    record Document(
            long exampleId, int firstToken, int lastToken, int firstPosition, int lastPosition, List<Span> spans) {
        Document {
            spans = List.copyOf(spans);
        }
    }

    /**
     * Neighbouring tokens that all have a label, or all have none.
     *
     * @param labelled whether their labels differ from −100
     * @param firstToken slot of its first token
     * @param lastToken slot of its last token
     * @param text decoded; the ids with spaces between them if there is no tokenizer
     * @param part {@code prompt}, {@code chosen} or {@code rejected} in a preference example; a branch begins with the
     *     prompt's last token. Null in a sequence
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Span(boolean labelled, int firstToken, int lastToken, String text, String part) {}
}
