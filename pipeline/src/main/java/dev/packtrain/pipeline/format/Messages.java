package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the formats ask of a list of messages alike. */
final class Messages {
    private Messages() {}

    static Message assistant(String text, boolean learnt) {
        return new Message(Message.ASSISTANT, text, learnt, Map.of());
    }

    /** The messages after a system message that stood in a field of its own, which may be null. */
    static List<Message> withSystem(String system, List<Message> messages) throws RejectedRowException {
        if (system == null) {
            return messages;
        }
        if (!messages.isEmpty() && messages.get(0).role().equals(Message.SYSTEM)) {
            throw new RejectedRowException(
                    RejectReason.ROLES_OUT_OF_ORDER,
                    "there is a field \"system\" and the first message is a system message too; wanted one of them");
        }
        List<Message> all = new ArrayList<>(messages.size() + 1);
        all.add(Message.of(Message.SYSTEM, system));
        all.addAll(messages);
        return all;
    }

    /** Refuses a dialogue of which nothing would be learnt. */
    static void requireSomethingLearnt(List<Message> messages) throws RejectedRowException {
        if (messages.stream().noneMatch(Message::isAssistant)) {
            throw new RejectedRowException(
                    RejectReason.NO_ASSISTANT_MESSAGE,
                    "none of the %d messages is the assistant's".formatted(messages.size()));
        }
        if (messages.stream().noneMatch(message -> message.isAssistant() && message.learnt())) {
            throw new RejectedRowException(
                    RejectReason.NOTHING_LEARNT, "the row itself says that none of the assistant's messages is learnt");
        }
    }
}
