package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/** Turns the words of texts into tokens, from its cache or by merging. For one thread. */
final class WordEncoder {
    /** Marks the key of a piece of a word, where whole words are looked up otherwise. */
    private static final int PIECE = 0x80;

    /** First byte of characters of three bytes and more: no alphabets but syllables and words. */
    private static final int THREE_BYTES = 0xE0;

    /** Pieces of fewer tokens are merged as quickly as they are looked up. */
    private static final int WORTH_KEEPING = 3;

    /** Tokens that a word may leave untouched at the end of the output. */
    private static final int SLACK = 8;

    private final ByteLevelModel model;
    private final WordCutter cutter;
    private final WordMerger merger;
    private final WordCache cache = new WordCache();
    private final WordCharacters characters;
    private final int pieceTag;
    private int[] out = new int[1024];
    private int count;

    WordEncoder(ByteLevelModel model, WordCutter cutter) {
        this.model = model;
        this.cutter = cutter;
        this.merger = new WordMerger(model.merges());
        this.characters = new WordCharacters(model.characters());
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
        characters.shrink(tokens);
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
        // A word that starts with such a character is mostly several words, of which only the pieces are kept.
        if (length <= WordCache.MAX_BYTES && (utf8[from] & 0xFF) < THREE_BYTES && find(utf8, from, to, length)) {
            return;
        }
        if (isAscii(utf8, from, to)) {
            wholeWord(utf8, from, to);
            return;
        }
        pieces(utf8, from, to);
    }

    private static boolean isAscii(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && utf8[at] >= 0) {
            at++;
        }
        return at == to;
    }

    /** Adds the tokens of a word or piece if they are kept. */
    private boolean find(byte[] utf8, int from, int to, int tag) {
        int length = to - from;
        int found = cache.find(WordCache.low(utf8, from, length), WordCache.high(utf8, from, length, tag), out, count);
        count = Math.max(count, found);
        return found >= 0;
    }

    /** Keeps the tokens from {@code start} on for a word or piece, if it is short. */
    private void keep(byte[] utf8, int from, int to, int tag, int start) {
        int length = to - from;
        if (length <= WordCache.MAX_BYTES) {
            cache.put(WordCache.low(utf8, from, length), WordCache.high(utf8, from, length, tag), out, start, count);
        }
    }

    private void wholeWord(byte[] utf8, int from, int to) {
        int start = count;
        int whole = model.wholeWords() == null ? -1 : model.wholeWords().id(utf8, from, to);
        if (whole >= 0) {
            out[count++] = whole;
        } else {
            count = merger.merge(utf8, from, to, out, count);
        }
        keep(utf8, from, to, to - from, start);
    }

    /** Cuts a word where it can be cut. */
    private void pieces(byte[] utf8, int from, int to) {
        Characters table = model.characters();
        int last = characters.read(utf8, from, to) - 1;
        int first = 0;
        merger.clear();
        boolean safeBefore = true;
        boolean safe = isSafe(table, 0, last);
        for (int i = 0; i < last; i++) {
            boolean safeAfter = isSafe(table, i + 1, last);
            add(utf8, i, safeBefore && safe);
            if (safeBefore && safe && safeAfter && !characters.joins(model.joins(), i)) {
                piece(utf8, first, i + 1);
                first = i + 1;
                merger.clear();
            }
            safeBefore = safe;
            safe = safeAfter;
        }
        add(utf8, last, safeBefore);
        if (first > 0 || merger.size() == 1 || !foundWhole(utf8, from, to)) {
            piece(utf8, first, last + 1);
        }
    }

    /** Whether the place after a character is safe; that after the last one is. */
    private boolean isSafe(Characters table, int index, int last) {
        return index == last || table.isSafe(characters.entry(index), characters.entry(index + 1));
    }

    /** Adds a character to the stretch that is merged next: as a token if that is what it becomes first. */
    private void add(byte[] utf8, int index, boolean firm) {
        long entry = characters.entry(index);
        if (firm && Characters.isToken(entry)) {
            merger.add(Characters.id(entry));
        } else {
            merger.add(utf8, characters.start(index), characters.start(index + 1));
        }
    }

    /** Adds a word that is not cut if it is a token or its tokens are kept. */
    private boolean foundWhole(byte[] utf8, int from, int to) {
        if (model.wholeWords() == null) {
            return false;
        }
        int whole = model.wholeWords().id(utf8, from, to);
        if (whole >= 0) {
            int start = count;
            out[count++] = whole;
            keep(utf8, from, to, to - from, start);
        }
        return whole >= 0;
    }

    /** Adds the tokens of the characters that the merger has, which nothing is merged into from outside. */
    private void piece(byte[] utf8, int first, int end) {
        int from = characters.start(first);
        int to = characters.start(end);
        int tag = (to - from) | pieceTag;
        boolean kept = merger.size() >= WORTH_KEEPING && to - from <= WordCache.MAX_BYTES;
        if (kept && find(utf8, from, to, tag)) {
            return;
        }
        int start = count;
        count = merger.mergeAdded(utf8, from, to, out, count);
        if (kept) {
            keep(utf8, from, to, tag, start);
        }
    }
}
