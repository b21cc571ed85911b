package dev.packtrain.pipeline.clean;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.record.SourceRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The texts of a row, in order.
 *
 * @param parts at least one
 */
public record CleanRecord(List<Part> parts) implements Serializable {
    /** Role of plain text, which is learnt whole. */
    static final String TEXT = "text";

    /** Role of the worse answer of a preference. */
    static final String REJECTED = "rejected";

    private static final String MORE = "more";
    private static final String TOOLS = "tools";

    /** Checks and copies the parts. */
    public CleanRecord {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a record without texts; wanted one at least");
        }
    }

    /**
     * One text.
     *
     * @param role who says it: the role of a message, or what else the text is
     * @param text may be empty
     */
    public record Part(String role, String text) implements Serializable {
        boolean isTarget() {
            return role.equals(Message.ASSISTANT) || role.equals(TEXT);
        }

        boolean isSource() {
            return role.equals(Message.USER) || role.equals(Message.SYSTEM);
        }
    }

    /** The texts of a checked row: roles, messages, tools, and whatever else a template could read. */
    public static CleanRecord of(SourceRecord record) {
        List<Part> parts = new ArrayList<>();
        if (record instanceof PlainText plain) {
            parts.add(new Part(TEXT, plain.text()));
        } else if (record instanceof Dialogue dialogue) {
            add(dialogue, parts);
        } else if (record instanceof Preference preference) {
            add(preference.prompt(), parts);
            parts.add(new Part(Message.ASSISTANT, preference.chosen()));
            parts.add(new Part(REJECTED, preference.rejected()));
        }
        return new CleanRecord(parts);
    }

    /** A question and its answer. */
    public static CleanRecord of(String source, String target) {
        return new CleanRecord(List.of(new Part(Message.USER, source), new Part(Message.ASSISTANT, target)));
    }

    private static void add(Dialogue dialogue, List<Part> parts) {
        dialogue.tools().forEach(tool -> parts.add(new Part(TOOLS, tool.toString())));
        for (Message message : dialogue.messages()) {
            parts.add(new Part(message.role(), message.content()));
            if (!message.more().isEmpty()) {
                parts.add(new Part(MORE, message.more().toString()));
            }
        }
    }

    /** What users and the system say, a line each; empty for plain text. */
    public String source() {
        return join(Part::isSource);
    }

    /** What the assistant says, or the plain text; of a preference the better answer. */
    public String target() {
        return join(Part::isTarget);
    }

    /** All texts, a line each, without who says them. */
    public String text() {
        return join(part -> true);
    }

    private String join(Predicate<Part> which) {
        return parts.stream().filter(which).map(Part::text).collect(Collectors.joining("\n"));
    }
}
