package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Hugging Face's form of a preference: {@code prompt}, {@code chosen} and {@code rejected}, strings or lists of messages,
 * with {@code system} and {@code tools} beside them.
 *
 * <p>Lists of messages may repeat the prompt, or be all there is: what {@code chosen} and {@code rejected} begin with
 * alike is then the prompt. Each ends with one answer of the assistant.
 */
final class ChosenAnswers {
    static final String PROMPT = "prompt";
    static final String CHOSEN = "chosen";
    static final String REJECTED = "rejected";

    private boolean promptIsText;
    private List<Message> prompt = List.of();
    private Answer chosen;
    private Answer rejected;
    private String system;
    private List<Map<String, Object>> tools = List.of();

    /** An answer: a string, or the messages that end with it. */
    private record Answer(String text, List<Message> messages) {
        static Answer read(FieldReader row) throws IOException, RejectedRowException {
            if (row.value() == JsonToken.VALUE_STRING) {
                return new Answer(row.text(), null);
            }
            if (row.value() == JsonToken.START_ARRAY) {
                return new Answer(null, MessageListReader.read(row));
            }
            throw row.wrongType("a string or a list of messages");
        }

        /** The one message after the first {@code from}, which must be a plain answer of the assistant. */
        String after(int from, String field) throws RejectedRowException {
            if (messages.size() != from + 1 || !messages.get(from).isAssistant()) {
                throw new RejectedRowException(
                        RejectReason.ROLES_OUT_OF_ORDER,
                        "field \"%s\" has %d messages after the prompt; wanted one answer of the assistant"
                                .formatted(field, messages.size() - from));
            }
            Message answer = messages.get(from);
            if (!answer.more().isEmpty() || answer.content().isBlank()) {
                throw new RejectedRowException(
                        RejectReason.UNSUPPORTED_CONTENT,
                        "the answer in field \"%s\" has %s; wanted text alone"
                                .formatted(
                                        field,
                                        answer.more().isEmpty()
                                                ? "no text"
                                                : answer.more().keySet()));
            }
            return answer.content();
        }
    }

    /** Reads a field if it is one of the form's. */
    boolean take(FieldReader row) throws IOException, RejectedRowException {
        switch (row.name()) {
            case PROMPT -> takePrompt(row);
            case CHOSEN -> chosen = Answer.read(row);
            case REJECTED -> rejected = Answer.read(row);
            case Message.SYSTEM -> system = row.optionalText();
            case "tools" -> tools = ToolReader.tools(row);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void takePrompt(FieldReader row) throws IOException, RejectedRowException {
        promptIsText = row.value() == JsonToken.VALUE_STRING;
        if (promptIsText) {
            prompt = List.of(Message.of(Message.USER, row.text()));
        } else if (!row.isNull()) {
            prompt = MessageListReader.read(row);
        }
    }

    boolean isThere() {
        return chosen != null || rejected != null;
    }

    Preference preference(FieldReader row) throws RejectedRowException {
        List<String> known = List.of(PROMPT, CHOSEN, REJECTED);
        if (chosen == null) {
            throw row.missing(CHOSEN, known);
        }
        if (rejected == null) {
            throw row.missing(REJECTED, known);
        }
        if ((chosen.messages() == null) != (rejected.messages() == null)) {
            throw new RejectedRowException(
                    RejectReason.WRONG_TYPE,
                    "of fields \"%s\" and \"%s\" one is a string and one a list; wanted two strings or two lists of messages"
                            .formatted(CHOSEN, REJECTED));
        }
        if (chosen.messages() == null) {
            if (prompt.isEmpty()) {
                throw row.missing(PROMPT, known);
            }
            return distinct(dialogue(prompt), chosen.text(), rejected.text());
        }
        int shared = numShared(chosen.messages(), rejected.messages());
        List<Message> beginning = beginning(chosen.messages().subList(0, shared));
        if (beginning.isEmpty()) {
            throw row.missing(PROMPT, known);
        }
        return distinct(dialogue(beginning), chosen.after(shared, CHOSEN), rejected.after(shared, REJECTED));
    }

    /** How many messages both lists begin with alike; the last of each is never one of them, because it is an answer. */
    private static int numShared(List<Message> a, List<Message> b) {
        int most = Math.min(a.size(), b.size()) - 1;
        int shared = 0;
        while (shared < most && a.get(shared).equals(b.get(shared))) {
            shared++;
        }
        return shared;
    }

    /** The prompt, which the messages that both answers begin with may repeat. */
    private List<Message> beginning(List<Message> shared) throws RejectedRowException {
        if (shared.isEmpty() || prompt.isEmpty()) {
            return shared.isEmpty() ? prompt : shared;
        }
        boolean repeats = promptIsText
                ? shared.contains(prompt.get(0))
                : shared.size() >= prompt.size()
                        && shared.subList(0, prompt.size()).equals(prompt);
        if (!repeats) {
            throw new RejectedRowException(
                    RejectReason.PROMPT_MISMATCH,
                    "fields \"%s\" and \"%s\" begin with %d messages of their own, but not with field \"%s\""
                            .formatted(CHOSEN, REJECTED, shared.size(), PROMPT));
        }
        return shared;
    }

    private Dialogue dialogue(List<Message> messages) throws RejectedRowException {
        if (messages.get(messages.size() - 1).isAssistant()) {
            throw new RejectedRowException(
                    RejectReason.ROLES_OUT_OF_ORDER,
                    "the prompt ends with a message of the assistant; wanted a question");
        }
        return new Dialogue(Messages.withSystem(system, messages), tools);
    }

    /** A preference of two answers that differ. */
    static Preference distinct(Dialogue prompt, String chosen, String rejected) throws RejectedRowException {
        if (chosen.equals(rejected)) {
            throw new RejectedRowException(
                    RejectReason.SAME_ANSWERS, "both answers are the same; wanted a better and a worse one");
        }
        return new Preference(prompt, chosen, rejected);
    }
}
