package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/**
 * The printable character that stands for each byte in a byte-level vocabulary, as in GPT-2: printable Latin-1
 * characters stand for themselves, the other bytes for U+0100 and up in their order.
 */
final class ByteAlphabet {
    private static final int BYTES = 256;

    private final char[] byByte = new char[BYTES];
    private final short[] byChar;

    ByteAlphabet() {
        int next = BYTES;
        for (int b = 0; b < BYTES; b++) {
            byByte[b] = isPrintable(b) ? (char) b : (char) next++;
        }
        byChar = new short[next];
        Arrays.fill(byChar, (short) -1);
        for (int b = 0; b < BYTES; b++) {
            byChar[byByte[b]] = (short) b;
        }
    }

    private static boolean isPrintable(int b) {
        return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
    }

    /** The character of a byte, 0 to 255. */
    char of(int unsignedByte) {
        return byByte[unsignedByte];
    }

    /** The bytes that a token stands for, or null if one of its characters stands for none. */
    byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= byChar.length || byChar[c] < 0) {
                return null;
            }
            bytes[i] = (byte) byChar[c];
        }
        return bytes;
    }
}
