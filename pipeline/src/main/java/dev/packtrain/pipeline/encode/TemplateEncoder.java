package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.DialogueTemplate;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.RenderedDialogue;
import dev.packtrain.pipeline.template.Span;
import dev.packtrain.pipeline.template.TokenLabels;
import dev.packtrain.pipeline.tokenizer.TokenOffsets;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.List;

/**
 * A dialogue with a chat template: the tokens of the text that the template makes of it, those of the answers learnt.
 * When truncating, {@link DialogueCutter} says what is left.
 */
final class TemplateEncoder {
    private final Tokenizer tokenizer;
    private final DialogueTemplate template;
    private final LengthLimits limits;
    private final LossOn lossOn;
    private final DialogueCutter cutter;

    TemplateEncoder(Tokenizer tokenizer, DialogueTemplate template, LengthLimits limits, LossOn lossOn) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.limits = limits;
        this.lossOn = lossOn;
        this.cutter = new DialogueCutter(tokenizer, limits);
    }

    /** A rendered dialogue, its text and its tokens. */
    private record Rendered(Dialogue dialogue, RenderedDialogue text, TokenOffsets tokens) {
        int length() {
            return tokens.ids().length;
        }

        /** The first token at or after a char of the text. */
        int tokenAt(int position) {
            return TemplatePrompts.firstAt(tokens, position);
        }

        /** Tokens before the last answer. */
        int prompt() {
            List<Span> spans = text.spans();
            return spans.isEmpty()
                    ? length()
                    : tokenAt(spans.get(spans.size() - 1).start());
        }
    }

    TokenSequence encode(Dialogue dialogue) throws RejectedRowException {
        Rendered whole = render(dialogue);
        boolean fits = whole.length() <= limits.maxLength() && whole.prompt() <= limits.srcLength();
        if (fits || limits.overflow() != Overflow.TRUNCATE) {
            return sequence(whole, DroppedTokens.NONE);
        }
        DialogueCutter.Cut cut = cutter.cut(dialogue, this::size);
        Rendered kept = render(cut.dialogue());
        int total = whole.length() - kept.length();
        int turns = Math.max(0, total - cut.sourceDropped());
        return sequence(kept, new DroppedTokens(total - turns, 0, turns, 0));
    }

    private DialogueCutter.Size size(Dialogue dialogue) throws RejectedRowException {
        Rendered rendered = render(dialogue);
        return new DialogueCutter.Size(rendered.prompt(), rendered.length());
    }

    private Rendered render(Dialogue dialogue) throws RejectedRowException {
        RenderedDialogue text = template.render(dialogue, false);
        return new Rendered(dialogue, text, tokenizer.encodeWithOffsets(text.text(), false));
    }

    private TokenSequence sequence(Rendered rendered, DroppedTokens dropped) {
        List<Span> spans = rendered.text().spans();
        int[] turnStarts = spans.stream()
                .limit(Math.max(0, spans.size() - 1))
                .mapToInt(span -> rendered.tokenAt(span.end()))
                .toArray();
        int[] labels = TokenLabels.labels(rendered.tokens(), rendered.text().learnt(rendered.dialogue(), lossOn));
        return new TokenSequence(rendered.tokens().ids(), labels, turnStarts, dropped);
    }
}
