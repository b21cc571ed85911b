package dev.packtrain.pipeline.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON as it is written, byte by byte. Strings go through as the bytes that they are, so that what is not UTF-8 in a
 * table or a file is still seen when the row is checked.
 */
final class JsonBytes {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[1024];
    private int size;

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** The first bytes, so many at most. */
    byte[] head(int most) {
        return Arrays.copyOf(bytes, Math.min(size, most));
    }

    void put(char ascii) {
        grow(1);
        bytes[size++] = (byte) ascii;
    }

    /** Puts bytes that are JSON already. */
    void put(byte[] json) {
        grow(json.length);
        System.arraycopy(json, 0, bytes, size, json.length);
        size += json.length;
    }

    /** Puts a number or a literal. */
    void put(String ascii) {
        put(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        string(utf8, 0, utf8.length);
    }

    void string(byte[] utf8, int from, int to) {
        put('"');
        for (int i = from; i < to; i++) {
            byte b = utf8[i];
            if ((b >= 0 && b < ' ') || b == '"' || b == '\\') {
                escaped(b);
            } else {
                put((char) (b & 0xFF));
            }
        }
        put('"');
    }

    private void escaped(byte b) {
        put('\\');
        switch (b) {
            case '\n' -> put('n');
            case '\r' -> put('r');
            case '\t' -> put('t');
            case '"', '\\' -> put((char) b);
            default -> {
                put("u00");
                put((char) HEX[b >> 4]);
                put((char) HEX[b & 15]);
            }
        }
    }

    private void grow(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }
}
