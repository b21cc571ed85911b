package dev.packtrain.pipeline.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Tokens that are found in the text before it is cut into words: at each place the longest, from left to right. */
final class AddedTokens {
    private static final int BYTES = 256;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private final byte[][] contents;
    private final int[] ids;
    /** Per first byte, the tokens that start with it: from here to where the next byte's start. */
    private final int[] firsts = new int[BYTES + 1];
    /** The first byte of all tokens, eight times; 0 if they start differently. */
    private final long onlyFirst;

    private record Entry(byte[] content, int id) {
        int first() {
            return content[0] & 0xFF;
        }
    }

    /** Tokens of one byte or more, with their ids. */
    AddedTokens(List<String> texts, List<Integer> ids) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            entries.add(new Entry(texts.get(i).getBytes(StandardCharsets.UTF_8), ids.get(i)));
        }
        entries.sort(Comparator.comparingInt(Entry::first)
                .thenComparing(entry -> entry.content().length, Comparator.reverseOrder()));
        this.contents = entries.stream().map(Entry::content).toArray(byte[][]::new);
        this.ids = entries.stream().mapToInt(Entry::id).toArray();
        boolean alike = entries.stream().mapToInt(Entry::first).distinct().count() == 1;
        this.onlyFirst = alike ? entries.get(0).first() * LOW_BITS : 0;
        for (Entry entry : entries) {
            firsts[entry.first() + 1]++;
        }
        for (int b = 0; b < BYTES; b++) {
            firsts[b + 1] += firsts[b];
        }
    }

    int size() {
        return ids.length;
    }

    int id(int token) {
        return ids[token];
    }

    int length(int token) {
        return contents[token].length;
    }

    /**
     * The first place at or after {@code from} where a token starts, or {@code to}; there are {@link Utf8#PADDING} bytes
     * after the text.
     */
    int find(byte[] utf8, int from, int to) {
        if (ids.length == 0) {
            return to;
        }
        if (onlyFirst == 0) {
            return findAny(utf8, from, to);
        }
        for (int at = next(utf8, from, to); at < to; at = next(utf8, at + 1, to)) {
            if (at(utf8, at, to) >= 0) {
                return at;
            }
        }
        return to;
    }

    private int findAny(byte[] utf8, int from, int to) {
        for (int at = from; at < to; at++) {
            int b = utf8[at] & 0xFF;
            if (firsts[b] != firsts[b + 1] && at(utf8, at, to) >= 0) {
                return at;
            }
        }
        return to;
    }

    /** Where the byte that all tokens start with is next, or {@code to}. */
    private int next(byte[] utf8, int from, int to) {
        for (int at = from; at < to; at += Long.BYTES) {
            // A byte of the difference is 0 where it is; the lowest one marked is never a false alarm.
            long difference = Utf8.eightBytes(utf8, at) ^ onlyFirst;
            long zeros = (difference - LOW_BITS) & ~difference & HIGH_BITS;
            if (zeros != 0) {
                return Math.min(to, at + Long.numberOfTrailingZeros(zeros) / Byte.SIZE);
            }
        }
        return to;
    }

    /** The longest token that starts here, or -1. */
    int at(byte[] utf8, int at, int to) {
        int b = utf8[at] & 0xFF;
        for (int token = firsts[b]; token < firsts[b + 1]; token++) {
            int end = at + contents[token].length;
            if (end <= to && Arrays.equals(utf8, at, end, contents[token], 0, contents[token].length)) {
                return token;
            }
        }
        return -1;
    }
}
