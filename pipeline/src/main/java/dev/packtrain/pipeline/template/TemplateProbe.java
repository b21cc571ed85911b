package dev.packtrain.pipeline.template;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.jinja.Rendering;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import java.util.List;

/** Tries a template with a dialogue of two turns, before it meets real ones. */
final class TemplateProbe {
    private static final List<String> ANSWERS = List.of("Qualified yes.", "Certainly not.");
    private static final Dialogue DIALOGUE = Dialogue.of(List.of(
            Message.of(Message.USER, "Is it so?"),
            Message.of(Message.ASSISTANT, ANSWERS.get(0)),
            Message.of(Message.USER, "Always?"),
            Message.of(Message.ASSISTANT, ANSWERS.get(1))));

    private final boolean endsTurns;

    TemplateProbe(ChatTemplate template) {
        Rendering rendering = template.run(DIALOGUE, false);
        List<Span> spans = spans(template, rendering);
        boolean ends = true;
        for (int turn = 0; turn < ANSWERS.size(); turn++) {
            String answer = ANSWERS.get(turn);
            int message = 2 * turn + 1;
            String learnt = "";
            for (Span span : spans) {
                if (span.message() == message) {
                    learnt += rendering.text().substring(span.start(), span.end());
                }
            }
            int at = learnt.indexOf(answer);
            if (at < 0 || rendering.text().indexOf(answer) != rendering.text().lastIndexOf(answer)) {
                throw refusal(template, "answer %d is not there once".formatted(turn + 1));
            }
            ends &= !learnt.substring(at + answer.length()).isBlank();
        }
        endsTurns = ends;
    }

    private static List<Span> spans(ChatTemplate template, Rendering rendering) {
        try {
            return template.spans(DIALOGUE, rendering);
        } catch (SpanFinder.NotFoundException lost) {
            throw refusal(template, lost.getMessage());
        }
    }

    private static BadInputException refusal(ChatTemplate template, String what) {
        return new BadInputException(
                "the chat template of %s loses what the assistant says (in a dialogue of two turns, %s); choose another template, or mark what is learnt with {%% generation %%}"
                        .formatted(template.where(), what));
    }

    boolean endsTurns() {
        return endsTurns;
    }
}
