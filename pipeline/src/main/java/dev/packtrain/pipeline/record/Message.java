package dev.packtrain.pipeline.record;

import java.util.Map;
import java.util.Objects;

/**
 * One message of a dialogue, in the words of OpenAI's and Hugging Face's chat formats.
 *
 * @param role {@link #SYSTEM}, {@link #USER}, {@link #ASSISTANT}, {@code tool} or whatever else a chat template knows
 * @param content the text; empty only if {@code more} says what the message is, such as {@code tool_calls}, or if the
 *     message is the system's or a tool's
 * @param learnt whether an assistant's message may take a loss: false if the row itself says so ({@code weight} 0)
 * @param more further fields that a chat template may read, such as {@code tool_calls} or {@code reasoning_content}:
 *     strings, numbers, booleans, nulls, lists and maps of those; mostly empty
 */
public record Message(String role, String content, boolean learnt, Map<String, Object> more) {
    /** Who sets the scene. */
    public static final String SYSTEM = "system";

    /** Who asks. */
    public static final String USER = "user";

    /** Who answers: the one whose messages are learnt. */
    public static final String ASSISTANT = "assistant";

    /** Checks that nothing is missing. */
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(more, "more");
    }

    /** A message that may take a loss and has no further fields. */
    public static Message of(String role, String content) {
        return new Message(role, content, true, Map.of());
    }

    /** Whether the assistant says it. */
    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }
}
