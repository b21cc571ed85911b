package dev.packtrain.pipeline.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Messages in the order in which they were said.
 *
 * @param messages at least one
 * @param tools descriptions of the tools that the assistant may call, as a chat template wants them; mostly empty
 */
public record Dialogue(List<Message> messages, List<Map<String, Object>> tools) implements SourceRecord {
    /** Checks and copies the lists. */
    public Dialogue {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("a dialogue without messages; wanted one at least");
        }
    }

    /** A dialogue without tools. */
    public static Dialogue of(List<Message> messages) {
        return new Dialogue(messages, List.of());
    }

    /** {@code sources[i]} asked by the user and {@code targets[i]} answered by the assistant, as many of one as of the other. */
    public static Dialogue ofTurns(List<String> sources, List<String> targets) {
        if (sources.size() != targets.size()) {
            throw new IllegalArgumentException(
                    "%d sources and %d targets; wanted as many".formatted(sources.size(), targets.size()));
        }
        List<Message> messages = new ArrayList<>(2 * sources.size());
        for (int turn = 0; turn < sources.size(); turn++) {
            messages.add(Message.of(Message.USER, sources.get(turn)));
            messages.add(Message.of(Message.ASSISTANT, targets.get(turn)));
        }
        return of(messages);
    }

    @Override
    public List<String> texts() {
        return messages.stream().map(Message::content).toList();
    }

    /** Whether user and assistant take turns, the user first and the assistant last, and nobody else says anything. */
    public boolean isTurnByTurn() {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            String wanted = i % 2 == 0 ? Message.USER : Message.ASSISTANT;
            if (!message.role().equals(wanted) || !message.more().isEmpty()) {
                return false;
            }
        }
        return messages.size() % 2 == 0 && tools.isEmpty();
    }
}
