package dev.packtrain.pipeline.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/**
 * A row that is put aside.
 *
 * @param location where it is
 * @param reason why
 * @param detail a short clause for its owner
 * @param row the first {@link #MAX_ROW_CHARS} characters of it
 */
public record Reject(RowLocation location, RejectReason reason, String detail, String row) {
    /** Characters of the row that are kept. */
    public static final int MAX_ROW_CHARS = 500;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** From the bytes of the row, in which what is not UTF-8 becomes U+FFFD. */
    public static Reject of(RowLocation location, RejectedRowException problem, byte[] row) {
        // A character has at most four bytes; one more, so that cutting never hides the last one.
        int bytes = Math.min(row.length, 4 * (MAX_ROW_CHARS + 1));
        String text = new String(row, 0, bytes, StandardCharsets.UTF_8);
        if (text.length() > MAX_ROW_CHARS) {
            int cut = Character.isHighSurrogate(text.charAt(MAX_ROW_CHARS - 1)) ? MAX_ROW_CHARS - 1 : MAX_ROW_CHARS;
            text = text.substring(0, cut);
        }
        return new Reject(location, problem.reason(), problem.getMessage(), text);
    }

    /** {@code file:line: detail}. */
    public String toSentence() {
        return location.file() + ":" + location.line() + ": " + detail;
    }

    /** As a line of a file under {@code rejected/}, without its line end. */
    public String toJsonLine() {
        ObjectNode node = JSON.createObjectNode()
                .put("file", location.file())
                .put("line", location.line())
                .put("kind", reason.key())
                .put("reason", detail)
                .put("row", row);
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("strings and numbers always have JSON", impossible);
        }
    }
}
