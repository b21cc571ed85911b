package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code conversations} of {@code from} and {@code value}, with {@code system} and {@code tools} beside them.
 *
 * <p>After a system message, if there is one, a question (human or tool) and an answer (assistant or its call of a tool)
 * alternate; the first is human and the last an answer. {@code loss} (or {@code weight}) of an answer says whether it is
 * learnt.
 */
final class ShareGptFormat implements RowFormat {
    static final String FIELD = "conversations";

    private static final String TOOL = "tool";
    private static final String CALL = "function_call";
    private static final Map<String, String> ROLES = Map.ofEntries(
            Map.entry("system", Message.SYSTEM),
            Map.entry("human", Message.USER),
            Map.entry("user", Message.USER),
            Map.entry("gpt", Message.ASSISTANT),
            Map.entry("assistant", Message.ASSISTANT),
            Map.entry("model", Message.ASSISTANT),
            Map.entry("chatgpt", Message.ASSISTANT),
            Map.entry("bing", Message.ASSISTANT),
            Map.entry("bard", Message.ASSISTANT),
            Map.entry("observation", TOOL),
            Map.entry(TOOL, TOOL),
            Map.entry(CALL, Message.ASSISTANT));

    @Override
    public Dialogue read(FieldReader row) throws IOException, RejectedRowException {
        List<Message> turns = null;
        List<Map<String, Object>> tools = List.of();
        String system = null;
        while (row.next()) {
            switch (row.name()) {
                case FIELD -> turns = turns(row);
                case Message.SYSTEM -> system = row.optionalText();
                case "tools" -> tools = ToolReader.tools(row);
                default -> row.skip();
            }
        }
        if (turns == null) {
            throw row.missing(FIELD);
        }
        requireOrder(turns);
        Messages.requireSomethingLearnt(turns);
        return new Dialogue(Messages.withSystem(system, turns), tools);
    }

    private static List<Message> turns(FieldReader row) throws IOException, RejectedRowException {
        JsonParser parser = row.parser();
        row.requireList("objects with \"from\" and \"value\"");
        List<Message> turns = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item != JsonToken.START_OBJECT) {
                throw row.wrongType(
                        "a list of objects with \"from\" and \"value\"", "a list with " + FieldReader.article(item));
            }
            turns.add(turn(new FieldReader(parser, row.item(turns.size()))));
        }
        if (turns.isEmpty()) {
            throw new RejectedRowException(RejectReason.EMPTY, "field \"%s\" is an empty list".formatted(row.field()));
        }
        return turns;
    }

    private static Message turn(FieldReader turn) throws IOException, RejectedRowException {
        String from = null;
        String value = null;
        LossFlag loss = new LossFlag();
        while (turn.next()) {
            switch (turn.name()) {
                case "from" -> from = turn.text();
                case "value" -> value = turn.text();
                case LossFlag.LOSS, LossFlag.WEIGHT -> loss.read(turn);
                default -> turn.skip();
            }
        }
        if (from == null) {
            throw turn.missing("from");
        }
        if (value == null) {
            throw turn.missing("value");
        }
        String role = ROLES.get(from.toLowerCase(Locale.ROOT));
        if (role == null) {
            throw new RejectedRowException(
                    RejectReason.UNKNOWN_ROLE,
                    "\"from\" is \"%s\"; wanted one of %s"
                            .formatted(
                                    RowText.brief(from),
                                    String.join(
                                            ", ",
                                            ROLES.keySet().stream().sorted().toList())));
        }
        if (from.equalsIgnoreCase(CALL)) {
            return new Message(role, "", loss.learnt(), Map.of("tool_calls", ToolReader.calls(value, CALL)));
        }
        return new Message(role, value, loss.learnt(), Map.of());
    }

    private static void requireOrder(List<Message> turns) throws RejectedRowException {
        int first = turns.get(0).role().equals(Message.SYSTEM) ? 1 : 0;
        for (int i = first; i < turns.size(); i++) {
            String role = turns.get(i).role();
            boolean isAnswer = (i - first) % 2 == 1;
            boolean fits = isAnswer
                    ? role.equals(Message.ASSISTANT)
                    : role.equals(Message.USER) || (role.equals(TOOL) && i > first);
            if (!fits) {
                throw outOfOrder("turn %d is the %s's; wanted %s"
                        .formatted(i + 1, role, isAnswer ? "an answer of the assistant" : "a question of the user"));
            }
        }
        if ((turns.size() - first) % 2 == 1) {
            throw outOfOrder("the last of the %d turns is no answer of the assistant".formatted(turns.size()));
        }
    }

    private static RejectedRowException outOfOrder(String detail) {
        return new RejectedRowException(RejectReason.ROLES_OUT_OF_ORDER, detail);
    }
}
