package dev.packtrain.pipeline.template;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.tokenizer.TokenOffsets;
import java.util.Arrays;
import java.util.List;

/** Which tokens of a rendered dialogue take a loss. */
public final class TokenLabels {
    private TokenLabels() {}

    /**
     * The id of each token that takes a loss, {@link TokenizedExample#IGNORE_INDEX} for the others.
     *
     * <p>A token takes a loss if its first char lies in a span. So a token that straddles the start of a span belongs to
     * the prompt: the model is given a part of it. One that straddles the end belongs to the span: the model generates
     * it whole. Tokens that the tokenizer added around the text cover no char and take no loss; the parts of one
     * character that has several tokens all have that character's place.
     *
     * @param tokens in the order of the text
     * @param spans in order, without overlap
     */
    public static int[] labels(TokenOffsets tokens, List<Span> spans) {
        int[] labels = new int[tokens.ids().length];
        Arrays.fill(labels, TokenizedExample.IGNORE_INDEX);
        int next = 0;
        for (int i = 0; i < labels.length && next < spans.size(); i++) {
            int start = tokens.starts()[i];
            while (next < spans.size() && spans.get(next).end() <= start) {
                next++;
            }
            boolean coversText = tokens.ends()[i] > start;
            if (next < spans.size() && coversText && start >= spans.get(next).start()) {
                labels[i] = tokens.ids()[i];
            }
        }
        return labels;
    }
}
