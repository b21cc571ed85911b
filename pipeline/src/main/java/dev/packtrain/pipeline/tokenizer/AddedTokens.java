package dev.packtrain.pipeline.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Tokens that are found in the text before it is cut into words: at each place the longest, from left to right. */
final class AddedTokens {
    private static final int BYTES = 256;

    private final byte[][] contents;
    private final int[] ids;
    /** Per first byte, the tokens that start with it: from here to where the next byte's start. */
    private final int[] firsts = new int[BYTES + 1];

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

    /** The first place at or after {@code from} where a token starts, or {@code to}. */
    int find(byte[] utf8, int from, int to) {
        if (ids.length == 0) {
            return to;
        }
        for (int at = from; at < to; at++) {
            int b = utf8[at] & 0xFF;
            if (firsts[b] != firsts[b + 1] && at(utf8, at, to) >= 0) {
                return at;
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
