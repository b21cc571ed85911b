package dev.packtrain.pipeline.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads characters out of well-formed UTF-8. */
final class Utf8 {
    /** Bytes that may be read beyond the end of a text by {@link #eightBytes}. */
    static final int PADDING = 32;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PAYLOAD = 0x3F;

    private Utf8() {}

    /** Eight bytes, the first lowest. */
    static long eightBytes(byte[] utf8, int at) {
        return (long) LONGS.get(utf8, at);
    }

    /** The bytes of the character that starts here. */
    static int length(byte lead) {
        if (lead >= 0) {
            return 1;
        }
        int unsigned = lead & 0xFF;
        return unsigned < 0xE0 ? 2 : unsigned < 0xF0 ? 3 : 4;
    }

    /** The code point that starts here. */
    static int codePoint(byte[] utf8, int at) {
        int lead = utf8[at];
        if (lead >= 0) {
            return lead;
        }
        int second = utf8[at + 1] & PAYLOAD;
        if ((lead & 0xE0) == 0xC0) {
            return ((lead & 0x1F) << 6) | second;
        }
        int third = utf8[at + 2] & PAYLOAD;
        if ((lead & 0xF0) == 0xE0) {
            return ((lead & 0x0F) << 12) | (second << 6) | third;
        }
        return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (utf8[at + 3] & PAYLOAD);
    }
}
