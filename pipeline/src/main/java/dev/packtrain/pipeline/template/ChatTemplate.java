package dev.packtrain.pipeline.template;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.jinja.Bool;
import dev.packtrain.pipeline.jinja.None;
import dev.packtrain.pipeline.jinja.Region;
import dev.packtrain.pipeline.jinja.RenderException;
import dev.packtrain.pipeline.jinja.Rendering;
import dev.packtrain.pipeline.jinja.Str;
import dev.packtrain.pipeline.jinja.Template;
import dev.packtrain.pipeline.jinja.Value;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Hugging Face chat template, rendered as {@code apply_chat_template} of {@code transformers} renders it. */
public final class ChatTemplate implements DialogueTemplate {
    private final String where;
    private final Template template;
    private final Template toolTemplate;
    private final Map<String, Value> variables;
    private final LocalDateTime now;
    private final String eosToken;
    private final String generationPrompt;
    private final boolean endsTurns;

    /**
     * Reads a template and tries it.
     *
     * @throws BadInputException if it is no Jinja, uses what the interpreter does not have, refuses a plain dialogue of
     *     user and assistant, or loses what the assistant says
     */
    ChatTemplate(ChatTemplateSource source) {
        where = source.where();
        template = Template.parse("the chat template of " + where, source.template());
        toolTemplate = source.toolTemplate() == null
                ? template
                : Template.parse("the chat template \"tool_use\" of " + where, source.toolTemplate());
        variables = new HashMap<>();
        source.specialTokens().forEach((name, token) -> variables.put(name, Str.of(token)));
        source.variables().forEach((name, value) -> variables.put(name, DialogueValues.of(value)));
        now = source.now();
        eosToken = source.specialTokens().getOrDefault("eos_token", "");
        try {
            generationPrompt = findGenerationPrompt();
            endsTurns = new TemplateProbe(this).endsTurns();
        } catch (RenderException refused) {
            throw new BadInputException(
                    "the chat template of %s refuses a plain dialogue of user and assistant (%s); choose another one"
                            .formatted(where, refused.getMessage()),
                    refused);
        }
    }

    private String findGenerationPrompt() {
        Dialogue question = Dialogue.of(List.of(Message.of(Message.USER, "a question")));
        String without = run(question, false).text();
        Rendering with = run(question, true);
        String added = GenerationPrompt.addedTo(without, with.text());
        if (!added.isEmpty() || with.regions().isEmpty()) {
            return added;
        }
        // Some templates ask for an answer whether they are told to or not.
        List<Region> regions = with.regions();
        return with.text().substring(regions.get(regions.size() - 1).end());
    }

    @Override
    public RenderedDialogue render(Dialogue dialogue, boolean addGenerationPrompt) throws RejectedRowException {
        try {
            Rendering rendering = run(dialogue, addGenerationPrompt);
            return new RenderedDialogue(rendering.text(), spans(dialogue, rendering));
        } catch (RenderException refused) {
            throw new RejectedRowException(RejectReason.TEMPLATE_REFUSES, refused.getMessage());
        } catch (SpanFinder.NotFoundException lost) {
            throw new RejectedRowException(
                    RejectReason.ANSWER_LOST, "in the text that the chat template makes, " + lost.getMessage());
        }
    }

    Rendering run(Dialogue dialogue, boolean addGenerationPrompt) {
        Map<String, Value> all = new HashMap<>(variables);
        all.put("messages", DialogueValues.messages(dialogue));
        all.put("tools", DialogueValues.tools(dialogue));
        all.put("documents", None.NONE);
        all.put("add_generation_prompt", Bool.of(addGenerationPrompt));
        return (dialogue.tools().isEmpty() ? template : toolTemplate).render(all, now);
    }

    List<Span> spans(Dialogue dialogue, Rendering rendering) throws SpanFinder.NotFoundException {
        SpanFinder finder = new SpanFinder(rendering, dialogue, generationPrompt, eosToken);
        if ((dialogue.tools().isEmpty() ? template : toolTemplate).hasGeneration()) {
            return finder.byGeneration();
        }
        return finder.byTurns(message -> lengthBefore(dialogue, message, rendering.text()));
    }

    private int lengthBefore(Dialogue dialogue, int message, String text) {
        if (message == 0) {
            return -1;
        }
        String before = run(new Dialogue(dialogue.messages().subList(0, message), dialogue.tools()), true)
                .text();
        return text.startsWith(before) ? before.length() : -1;
    }

    String where() {
        return where;
    }

    /** What {@code add_generation_prompt} adds after a question; empty if the template ignores it. */
    public String generationPrompt() {
        return generationPrompt;
    }

    /** Whether each answer ends with a marker that the model can learn to stop by. */
    public boolean endsTurns() {
        return endsTurns;
    }

    @Override
    public String description() {
        String spans = template.hasGeneration()
                ? "learns its 'generation' blocks"
                : "learns what follows \"%s\"".formatted(generationPrompt.replace("\n", "\\n"));
        String warning = endsTurns
                ? ""
                : "; it writes no end-of-turn marker after the last answer, so the model does not learn to stop there";
        return "the chat template of %s %s%s".formatted(where, spans, warning);
    }
}
