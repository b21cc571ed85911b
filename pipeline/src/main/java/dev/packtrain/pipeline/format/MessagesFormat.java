package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * {@code messages} of {@code role} and {@code content} as OpenAI has them, with {@code tools} and {@code system} beside
 * them. The format defines no order of roles; a chat template may.
 */
final class MessagesFormat implements RowFormat {
    static final String FIELD = "messages";

    @Override
    public Dialogue read(FieldReader row) throws IOException, RejectedRowException {
        List<Message> messages = null;
        List<Map<String, Object>> tools = List.of();
        String system = null;
        while (row.next()) {
            switch (row.name()) {
                case FIELD -> messages = MessageListReader.read(row);
                case Message.SYSTEM -> system = row.optionalText();
                case "tools" -> tools = ToolReader.tools(row);
                default -> row.skip();
            }
        }
        if (messages == null) {
            throw row.missing(FIELD);
        }
        Messages.requireSomethingLearnt(messages);
        return new Dialogue(Messages.withSystem(system, messages), tools);
    }
}
