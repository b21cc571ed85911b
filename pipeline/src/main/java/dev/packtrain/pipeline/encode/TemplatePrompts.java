package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.DialogueTemplate;
import dev.packtrain.pipeline.template.RenderedDialogue;
import dev.packtrain.pipeline.template.Span;
import dev.packtrain.pipeline.tokenizer.TokenOffsets;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Preferences with a chat template: prompt and answer are rendered together, once with each answer. */
final class TemplatePrompts implements PreferenceEncoder.Prompts {
    private final Tokenizer tokenizer;
    private final DialogueTemplate template;
    private final DialogueCutter cutter;

    TemplatePrompts(Tokenizer tokenizer, DialogueTemplate template, LengthLimits limits) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.cutter = new DialogueCutter(tokenizer, limits);
    }

    /** A rendered answer: the tokens before it and its own. */
    private record Half(int[] prompt, int[] answer) {}

    @Override
    public PreferenceEncoder.Answers whole(Preference record) throws RejectedRowException {
        return answers(record.prompt(), record, DroppedTokens.NONE);
    }

    @Override
    public PreferenceEncoder.Answers truncated(Preference record) throws RejectedRowException {
        int whole = whole(record).length();
        DialogueCutter.Cut cut = cutter.cut(record.prompt(), prompt -> {
            PreferenceEncoder.Answers answers = answers(prompt, record, DroppedTokens.NONE);
            return new DialogueCutter.Size(answers.prompt().length, answers.length());
        });
        int total = whole - answers(cut.dialogue(), record, DroppedTokens.NONE).length();
        int turns = Math.max(0, total - cut.sourceDropped());
        return answers(cut.dialogue(), record, new DroppedTokens(total - turns, 0, turns, 0));
    }

    private PreferenceEncoder.Answers answers(Dialogue prompt, Preference record, DroppedTokens dropped)
            throws RejectedRowException {
        Half chosen = half(prompt, record.chosen());
        Half rejected = half(prompt, record.rejected());
        if (!Arrays.equals(chosen.prompt(), rejected.prompt())) {
            throw new RejectedRowException(
                    RejectReason.ANSWER_LOST,
                    "the chat template or the tokenizer makes another prompt of it before the chosen answer than before the rejected one");
        }
        return new PreferenceEncoder.Answers(chosen.prompt(), chosen.answer(), rejected.answer(), dropped);
    }

    private Half half(Dialogue prompt, String answer) throws RejectedRowException {
        List<Message> messages = new ArrayList<>(prompt.messages());
        messages.add(Message.of(Message.ASSISTANT, answer));
        RenderedDialogue rendered = template.render(new Dialogue(messages, prompt.tools()), false);
        if (rendered.spans().isEmpty()) {
            throw new RejectedRowException(
                    RejectReason.ANSWER_LOST,
                    "in the text that the chat template makes, the answer is not to be found");
        }
        Span span = rendered.spans().get(rendered.spans().size() - 1);
        TokenOffsets tokens = tokenizer.encodeWithOffsets(rendered.text(), false);
        int from = firstAt(tokens, span.start());
        int to = firstAt(tokens, span.end());
        if (from == 0 || from == to) {
            throw new RejectedRowException(
                    RejectReason.TGT_WITHOUT_TOKENS, "the tokenizer makes no token of the prompt or of an answer");
        }
        return new Half(Arrays.copyOf(tokens.ids(), from), Arrays.copyOfRange(tokens.ids(), from, to));
    }

    /** The first token that starts at a char of the text or after it. */
    static int firstAt(TokenOffsets tokens, int position) {
        int at = 0;
        while (at < tokens.starts().length && tokens.starts()[at] < position) {
            at++;
        }
        return at;
    }
}
