package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/** The tokens of a vocabulary by their bytes, in two flat arrays: for vocabularies that know whole words. */
final class TokenIndex {
    private static final int MULTIPLIER = 0x01000193;

    private final byte[] bytes;
    private final int[] starts;
    private final int[] ids;

    /** Per place in the hash table one more than a token's number, or 0. */
    private final int[] table;

    /** Of tokens and their ids; a null is a token that no text can be. */
    TokenIndex(byte[][] tokens, int[] ids) {
        this.ids = ids;
        this.starts = new int[tokens.length + 1];
        for (int i = 0; i < tokens.length; i++) {
            starts[i + 1] = starts[i] + (tokens[i] == null ? 0 : tokens[i].length);
        }
        this.bytes = new byte[starts[tokens.length]];
        this.table = new int[Integer.highestOneBit(Math.max(2, tokens.length)) * 4];
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] != null) {
                System.arraycopy(tokens[i], 0, bytes, starts[i], tokens[i].length);
                int at = hash(tokens[i], 0, tokens[i].length);
                while (table[at] != 0) {
                    at = (at + 1) & (table.length - 1);
                }
                table[at] = i + 1;
            }
        }
    }

    private int hash(byte[] utf8, int from, int to) {
        int hash = MULTIPLIER;
        for (int i = from; i < to; i++) {
            hash = (hash ^ utf8[i]) * MULTIPLIER;
        }
        return (hash ^ (hash >>> 15)) & (table.length - 1);
    }

    /** The id of the token with these bytes, or -1. */
    int id(byte[] utf8, int from, int to) {
        int at = hash(utf8, from, to);
        while (table[at] != 0) {
            int token = table[at] - 1;
            if (Arrays.equals(utf8, from, to, bytes, starts[token], starts[token + 1])) {
                return ids[token];
            }
            at = (at + 1) & (table.length - 1);
        }
        return -1;
    }
}
