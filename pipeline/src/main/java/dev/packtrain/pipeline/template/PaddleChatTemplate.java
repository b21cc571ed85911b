package dev.packtrain.pipeline.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.jinja.Int;
import dev.packtrain.pipeline.jinja.RenderException;
import dev.packtrain.pipeline.jinja.Str;
import dev.packtrain.pipeline.jinja.Template;
import dev.packtrain.pipeline.jinja.Value;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PaddleNLP's chat template: a JSON object whose {@code system} (optional), {@code conversation} (a template for what the
 * user says and one for what the bot answers) and {@code query} (optional: what asks for the next answer) are Jinja over
 * {@code system}, {@code user}, {@code bot}, {@code query} and {@code index}. Each answer's part is learnt whole, so it
 * must write the end-of-turn marker itself. No special tokens are added.
 */
public final class PaddleChatTemplate implements DialogueTemplate {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String where;
    private final LocalDateTime now;
    private final Template system;
    private final Template user;
    private final Template bot;
    private final Template query;

    private PaddleChatTemplate(String where, LocalDateTime now, JsonNode json) {
        this.where = where;
        this.now = now;
        JsonNode turn = json.path("conversation");
        if (!turn.isArray()
                || turn.size() != 2
                || !turn.get(0).isTextual()
                || !turn.get(1).isTextual()) {
            throw new BadInputException(
                    "%s has no \"conversation\" of two texts, the user's and the bot's; give a chat template of PaddleNLP, or the Jinja of a Hugging Face one"
                            .formatted(where));
        }
        system = part(json, "system");
        user = Template.parseWhole(
                "\"conversation\"[0] of " + where, turn.get(0).textValue());
        bot = Template.parseWhole("\"conversation\"[1] of " + where, turn.get(1).textValue());
        query = part(json, "query");
        if (!render(bot, Map.of("bot", Str.of("an answer"))).contains("an answer")) {
            throw new BadInputException(
                    "%s loses what the bot says: \"conversation\"[1] does not print {{bot}}; add it".formatted(where));
        }
    }

    private Template part(JsonNode json, String key) {
        JsonNode text = json.path(key);
        if (text.isMissingNode() || text.isNull()) {
            return null;
        }
        if (!text.isTextual()) {
            throw new BadInputException("\"%s\" of %s is no text; wanted Jinja".formatted(key, where));
        }
        return Template.parseWhole("\"%s\" of %s".formatted(key, where), text.textValue());
    }

    /**
     * Reads a template.
     *
     * @param where the file, for messages
     * @param json its text
     * @throws BadInputException if it is no such template or loses what the bot says
     */
    public static PaddleChatTemplate parse(String where, String json, LocalDateTime now) {
        try {
            return new PaddleChatTemplate(where, now, JSON.readTree(json));
        } catch (IOException malformed) {
            throw new BadInputException(
                    "%s is not JSON (%s); give a chat template of PaddleNLP"
                            .formatted(
                                    where,
                                    malformed.getMessage().lines().findFirst().orElse("no message")),
                    malformed);
        } catch (RenderException failed) {
            throw new BadInputException(
                    "%s cannot render a plain answer (%s); correct it".formatted(where, failed.getMessage()), failed);
        }
    }

    @Override
    public RenderedDialogue render(Dialogue dialogue, boolean addGenerationPrompt) throws RejectedRowException {
        try {
            return turns(dialogue, addGenerationPrompt);
        } catch (RenderException refused) {
            throw new RejectedRowException(RejectReason.TEMPLATE_REFUSES, refused.getMessage());
        }
    }

    private RenderedDialogue turns(Dialogue dialogue, boolean addGenerationPrompt) throws RejectedRowException {
        List<Message> messages = dialogue.messages();
        Map<String, Value> context = new HashMap<>();
        int next = 0;
        if (messages.get(0).role().equals(Message.SYSTEM)) {
            context.put("system", Str.of(messages.get(0).content()));
            next = 1;
        }
        StringBuilder text = new StringBuilder(system == null ? "" : render(system, context));
        List<Span> spans = new ArrayList<>();
        for (int turn = 0; next < messages.size(); turn++, next += 2) {
            boolean isQuery = next == messages.size() - 1;
            check(dialogue, next, isQuery);
            context.put("index", new Int(turn));
            context.put("user", Str.of(messages.get(next).content()));
            if (isQuery) {
                context.put("query", Str.of(messages.get(next).content()));
                text.append(render(query != null && addGenerationPrompt ? query : user, context));
                break;
            }
            Message answer = messages.get(next + 1);
            context.put("bot", Str.of(answer.content()));
            text.append(render(user, context));
            int start = text.length();
            text.append(render(bot, context));
            if (text.length() == start) {
                throw new RejectedRowException(
                        RejectReason.ANSWER_LOST, "the chat template writes nothing for message " + (next + 2));
            }
            spans.add(new Span(start, text.length(), next + 1));
        }
        return new RenderedDialogue(text.toString(), spans);
    }

    private static void check(Dialogue dialogue, int next, boolean isQuery) throws RejectedRowException {
        List<Message> messages = dialogue.messages();
        boolean inTurn = messages.get(next).role().equals(Message.USER)
                && (isQuery || messages.get(next + 1).isAssistant());
        if (!inTurn || !dialogue.tools().isEmpty()) {
            throw new RejectedRowException(
                    RejectReason.TEMPLATE_REFUSES,
                    "a chat template of PaddleNLP takes a system text, then user and assistant in turn, and no tools; message %d is by '%s'"
                            .formatted(next + 1, messages.get(next).role()));
        }
    }

    private String render(Template template, Map<String, Value> variables) {
        return template.render(variables, now).text();
    }

    @Override
    public String description() {
        return "PaddleNLP's chat template %s learns what \"conversation\"[1] writes".formatted(where);
    }
}
