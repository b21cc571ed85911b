package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/** Turns the words of texts into tokens, from its cache or by merging. For one thread. */
final class WordEncoder {
    /** Marks the key of a piece of a word, where whole words are looked up otherwise. */
    private static final int PIECE = 0x80;

    /** Tokens that a word may leave untouched at the end of the output. */
    private static final int SLACK = 8;

    private final ByteLevelModel model;
    private final WordCutter cutter;
    private final WordMerger merger;
    private final WordCache cache = new WordCache();
    private final int pieceTag;
    private int[] out = new int[1024];
    private int count;

    WordEncoder(ByteLevelModel model, WordCutter cutter) {
        this.model = model;
        this.cutter = cutter;
        this.merger = new WordMerger(model.merges());
        this.pieceTag = model.wholeWords() == null ? 0 : PIECE;
    }

    /** Starts a new text. */
    void clear() {
        count = 0;
    }

    /** Adds a token. */
    void add(int id) {
        ensure(1);
        out[count++] = id;
    }

    /** The tokens since {@link #clear}. */
    int[] ids() {
        return Arrays.copyOf(out, count);
    }

    /** Gives up arrays that a very long text has left, beyond this many tokens. */
    void shrink(int tokens) {
        if (out.length > tokens) {
            out = new int[tokens];
        }
    }

    private void ensure(int tokens) {
        if (count + tokens + SLACK > out.length) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, count + tokens + SLACK));
        }
    }

    /** Adds the tokens of a stretch of text without added tokens, after which there are {@link Utf8#PADDING} bytes. */
    void encode(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to) {
            int end = cutter.end(utf8, at, to);
            word(utf8, at, end);
            at = end;
        }
    }

    private void word(byte[] utf8, int from, int to) {
        int length = to - from;
        ensure(length);
        if (length > WordCache.MAX_BYTES) {
            longWord(utf8, from, to);
            return;
        }
        long low = WordCache.low(utf8, from, length);
        long high = WordCache.high(utf8, from, length, length);
        int found = cache.find(low, high, out, count);
        if (found >= 0) {
            count = found;
            return;
        }
        int cut = model.joins().cut(utf8, from, to);
        if (cut < to) {
            pieces(utf8, from, cut, to);
            return;
        }
        int start = count;
        wholeWord(utf8, from, to);
        cache.put(low, high, out, start, count);
    }

    private void longWord(byte[] utf8, int from, int to) {
        int cut = model.joins().cut(utf8, from, to);
        if (cut < to) {
            pieces(utf8, from, cut, to);
        } else {
            wholeWord(utf8, from, to);
        }
    }

    private void wholeWord(byte[] utf8, int from, int to) {
        int whole = model.wholeWords() == null ? -1 : model.wholeWords().id(utf8, from, to);
        if (whole >= 0) {
            out[count++] = whole;
        } else {
            count = merger.merge(utf8, from, to, out, count);
        }
    }

    private void pieces(byte[] utf8, int from, int firstCut, int to) {
        int at = from;
        int cut = firstCut;
        while (true) {
            piece(utf8, at, cut);
            if (cut == to) {
                return;
            }
            at = cut;
            cut = model.joins().cut(utf8, at, to);
        }
    }

    private void piece(byte[] utf8, int from, int to) {
        int length = to - from;
        if (length > WordCache.MAX_BYTES) {
            count = merger.merge(utf8, from, to, out, count);
            return;
        }
        long low = WordCache.low(utf8, from, length);
        long high = WordCache.high(utf8, from, length, length | pieceTag);
        int found = cache.find(low, high, out, count);
        if (found >= 0) {
            count = found;
            return;
        }
        int start = count;
        count = merger.merge(utf8, from, to, out, count);
        cache.put(low, high, out, start, count);
    }
}
