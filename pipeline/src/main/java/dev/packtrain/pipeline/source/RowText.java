package dev.packtrain.pipeline.source;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** What counts as text in a row. */
public final class RowText {
    private static final int BRIEF_CHARS = 120;
    private static final char REPLACEMENT = '\uFFFD';

    private RowText() {}

    /** Decodes a line; what is not UTF-8 is not guessed at. */
    public static String decode(byte[] line) throws RejectedRowException {
        // The quick way of the JDK, which puts U+FFFD where the bytes are not UTF-8; nearly no line has one.
        String text = new String(line, StandardCharsets.UTF_8);
        if (text.indexOf(0) >= 0) {
            int at = 0;
            while (line[at] != 0) {
                at++;
            }
            throw new RejectedRowException(RejectReason.NUL, "the row has a NUL byte at byte %d".formatted(at));
        }
        return text.indexOf(REPLACEMENT) < 0 ? text : decodeStrictly(line);
    }

    private static String decodeStrictly(byte[] line) throws RejectedRowException {
        ByteBuffer bytes = ByteBuffer.wrap(line);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new RejectedRowException(
                    RejectReason.INVALID_UTF8, "the row is not UTF-8 from byte %d on".formatted(bytes.position()));
        }
    }

    /** Returns a field's text if it is one that a tokenizer can take and not blank. */
    public static String require(String text, String field) throws RejectedRowException {
        if (text.isBlank()) {
            throw new RejectedRowException(RejectReason.EMPTY, "field \"%s\" is empty".formatted(field));
        }
        return requireValid(text, field);
    }

    /** Returns a field's text, which may be blank, if it is one that a tokenizer can take. */
    public static String requireValid(String text, String field) throws RejectedRowException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new RejectedRowException(
                        RejectReason.NUL, "field \"%s\" has a NUL character at character %d".formatted(field, i));
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new RejectedRowException(
                        RejectReason.LONE_SURROGATE,
                        "field \"%s\" has half a surrogate pair at character %d".formatted(field, i));
            }
        }
        return text;
    }

    /** A name or message, cut so that a message stays readable. */
    public static String brief(String text) {
        return text.length() <= BRIEF_CHARS ? text : text.substring(0, BRIEF_CHARS) + "…";
    }
}
