package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A list of OpenAI's messages.
 *
 * <p>{@code content} is a string, or a list of parts of type {@code text}, which are joined by line feeds. It may be
 * blank or missing only in a message of the assistant that calls a tool, and blank in one of a tool or the system.
 * Fields beside {@code role}, {@code content}, {@code weight} and {@code loss} go to {@link Message#more()} as they are,
 * because a chat template may read them; nulls are left out.
 */
final class MessageListReader {
    private static final String ITEMS = "objects with \"role\" and \"content\"";
    private static final String ANSWERS_OF_TOOLS = "tool";
    private static final Set<String> MAY_BE_BLANK = Set.of(Message.SYSTEM, "developer", ANSWERS_OF_TOOLS, "function");
    private static final List<String> ROLES = List.of(
            Message.SYSTEM, "developer", Message.USER, Message.ASSISTANT, ANSWERS_OF_TOOLS, "function", "ipython");
    private static final Set<String> CALLS = Set.of("tool_calls", "function_call");

    private MessageListReader() {}

    /** The messages of the list that a field is; at least one. */
    static List<Message> read(FieldReader row) throws IOException, RejectedRowException {
        JsonParser parser = row.parser();
        row.requireList(ITEMS);
        List<Message> messages = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item != JsonToken.START_OBJECT) {
                throw row.wrongType("a list of " + ITEMS, "a list with " + FieldReader.article(item));
            }
            messages.add(message(new FieldReader(parser, row.item(messages.size()))));
        }
        if (messages.isEmpty()) {
            throw new RejectedRowException(RejectReason.EMPTY, "field \"%s\" is an empty list".formatted(row.field()));
        }
        return messages;
    }

    private static Message message(FieldReader fields) throws IOException, RejectedRowException {
        String role = null;
        String content = null;
        LossFlag loss = new LossFlag();
        Map<String, Object> more = new LinkedHashMap<>();
        while (fields.next()) {
            switch (fields.name()) {
                case "role" -> role = fields.text();
                case "content" -> content = content(fields);
                case LossFlag.LOSS, LossFlag.WEIGHT -> loss.read(fields);
                default -> fields.keepIn(more);
            }
        }
        if (role == null) {
            throw fields.missing("role");
        }
        if (!ROLES.contains(role)) {
            throw new RejectedRowException(
                    RejectReason.UNKNOWN_ROLE,
                    "\"role\" is \"%s\"; wanted one of %s".formatted(RowText.brief(role), String.join(", ", ROLES)));
        }
        boolean calls =
                role.equals(Message.ASSISTANT) && more.entrySet().stream().anyMatch(MessageListReader::isCall);
        if (content == null && !calls) {
            throw fields.missing("content");
        }
        if (content != null && content.isBlank() && !calls && !MAY_BE_BLANK.contains(role)) {
            throw new RejectedRowException(
                    RejectReason.EMPTY, "the content of a message of the %s is empty".formatted(role));
        }
        return new Message(role, content == null ? "" : content, loss.learnt(), Collections.unmodifiableMap(more));
    }

    private static boolean isCall(Map.Entry<String, Object> field) {
        return CALLS.contains(field.getKey())
                && (field.getValue() instanceof List<?> list ? !list.isEmpty() : field.getValue() instanceof Map);
    }

    private static String content(FieldReader fields) throws IOException, RejectedRowException {
        if (fields.isNull()) {
            return null;
        }
        if (fields.value() == JsonToken.VALUE_STRING) {
            return RowText.requireValid(fields.anyText(), fields.field());
        }
        JsonParser parser = fields.parser();
        String wanted = "a string or a list of parts of type \"text\"";
        if (fields.value() != JsonToken.START_ARRAY) {
            throw fields.wrongType(wanted);
        }
        List<String> texts = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item != JsonToken.START_OBJECT) {
                throw fields.wrongType(wanted, "a list with " + FieldReader.article(item));
            }
            texts.add(part(new FieldReader(parser, fields.item(texts.size()))));
        }
        return String.join("\n", texts);
    }

    private static String part(FieldReader part) throws IOException, RejectedRowException {
        String type = null;
        String text = null;
        while (part.next()) {
            switch (part.name()) {
                case "type" -> type = part.text();
                case "text" -> text = part.isNull() ? null : RowText.requireValid(part.anyText(), part.field());
                default -> part.skip();
            }
        }
        if (type == null) {
            throw part.missing("type");
        }
        if (!type.equals("text")) {
            throw new RejectedRowException(
                    RejectReason.UNSUPPORTED_CONTENT,
                    "the content has a part of type \"%s\"; wanted parts of type \"text\" only"
                            .formatted(RowText.brief(type)));
        }
        if (text == null) {
            throw part.missing("text");
        }
        return text;
    }
}
