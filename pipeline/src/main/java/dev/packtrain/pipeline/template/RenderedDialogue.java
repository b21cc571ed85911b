package dev.packtrain.pipeline.template;

import dev.packtrain.pipeline.record.Dialogue;
import java.util.ArrayList;
import java.util.List;

/**
 * A dialogue as the model reads it.
 *
 * @param text whole, special tokens written out: the tokenizer adds none
 * @param spans what the assistant generates, in order and without overlap: for each of its messages the text from the end
 *     of the generation prompt to the end-of-turn marker, marker included
 */
public record RenderedDialogue(String text, List<Span> spans) {
    /** Copies the list. */
    public RenderedDialogue {
        spans = List.copyOf(spans);
    }

    /**
     * The spans that take a loss.
     *
     * @param dialogue the one that was rendered: a message that its row excludes takes no loss
     */
    public List<Span> learnt(Dialogue dialogue, LossOn lossOn) {
        int last = spans.isEmpty() ? -1 : spans.get(spans.size() - 1).message();
        List<Span> learnt = new ArrayList<>();
        for (Span span : spans) {
            boolean wanted = lossOn == LossOn.EVERY_TURN || span.message() == last;
            if (wanted && dialogue.messages().get(span.message()).learnt()) {
                learnt.add(span);
            }
        }
        return learnt;
    }
}
