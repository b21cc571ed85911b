package dev.packtrain.pipeline.tokenizer;

import java.util.Locale;
import java.util.OptionalInt;

/**
 * Byte-level BPE in Java: the ids of the Hugging Face library, many times quicker. {@link Tokenizers} decides whether a
 * file can have it.
 *
 * <p>The model is shared by all threads; what changes while a text is tokenised belongs to one thread. Decoding, and
 * the rare text on which this code does not know what the library does (half characters, unknown characters to
 * normalise), is left to the library.
 */
final class ByteLevelTokenizer implements Tokenizer {
    /** Chars of a text whose arrays are kept for the next. */
    private static final int KEPT = 1 << 20;

    private final ByteLevelFile file;
    private final ByteLevelModel model;
    private final LazyReference reference;
    private final String sha256;
    private final int eosTokenId;
    private final OptionalInt bosTokenId;
    private final int vocabSize;
    private final ThreadLocal<Scratch> scratch;

    ByteLevelTokenizer(ByteLevelFile file, ByteLevelModel model, Tokenizer like, LazyReference reference) {
        this.file = file;
        this.model = model;
        this.reference = reference;
        this.sha256 = like.sha256();
        this.eosTokenId = like.eosTokenId();
        this.bosTokenId = like.bosTokenId();
        this.vocabSize = like.vocabSize();
        this.scratch = ThreadLocal.withInitial(
                () -> new Scratch(new WordEncoder(model, file.pattern().cutter())));
    }

    /** What a thread needs to tokenise a text. */
    private static final class Scratch {
        private final TextBytes text = new TextBytes();
        private final TextBytes rewritten = new TextBytes();
        private final NormalForm normalForm = new NormalForm();
        private final WordEncoder words;

        /** Whether the words of the text are not its own bytes. */
        private boolean changed;

        Scratch(WordEncoder words) {
            this.words = words;
        }

        void shrink() {
            text.shrink(KEPT);
            rewritten.shrink(KEPT);
            words.shrink(KEPT);
        }
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        Scratch mine = scratch.get();
        int[] ids = tokenise(mine, text, addSpecialTokens) ? mine.words.ids() : null;
        mine.shrink();
        return ids == null ? reference.get().encode(text, addSpecialTokens) : ids;
    }

    @Override
    public TokenOffsets encodeWithOffsets(String text, boolean addSpecialTokens) {
        Scratch mine = scratch.get();
        TokenOffsets offsets = tokenise(mine, text, addSpecialTokens) && !mine.changed
                ? offsets(mine, text.length(), addSpecialTokens)
                : null;
        mine.shrink();
        return offsets == null ? reference.get().encodeWithOffsets(text, addSpecialTokens) : offsets;
    }

    /** Tokenises into the scratch; false if the library has to. */
    private boolean tokenise(Scratch mine, String text, boolean addSpecialTokens) {
        if (!mine.text.set(text, file.nfc())) {
            return false;
        }
        mine.words.clear();
        mine.changed = false;
        if (addSpecialTokens) {
            addAll(mine.words, file.around().before());
        }
        if (!between(mine)) {
            return false;
        }
        if (addSpecialTokens) {
            addAll(mine.words, file.around().after());
        }
        return true;
    }

    private static void addAll(WordEncoder words, int[] ids) {
        for (int id : ids) {
            words.add(id);
        }
    }

    /** The text between the added tokens that are looked for before it is normalised. */
    private boolean between(Scratch mine) {
        AddedTokens added = file.rawAdded();
        byte[] utf8 = mine.text.utf8();
        int to = mine.text.length();
        int at = 0;
        while (at < to) {
            int found = added.find(utf8, at, to);
            if (found > at && !normal(mine, at, found)) {
                return false;
            }
            at = found;
            if (at < to) {
                int token = added.at(utf8, at, to);
                mine.words.add(added.id(token));
                at += added.length(token);
            }
        }
        return true;
    }

    private boolean normal(Scratch mine, int from, int to) {
        if (file.nfc() && !mine.text.isInert()) {
            switch (mine.normalForm.normalise(mine.text.utf8(), from, to)) {
                case SAME -> {}
                case CHANGED -> {
                    mine.changed = true;
                    mine.rewritten.set(mine.normalForm.text(), false);
                    mine.words.encode(mine.rewritten.utf8(), 0, mine.rewritten.length());
                    return true;
                }
                case UNSURE -> {
                    return false;
                }
            }
        }
        betweenNormalised(mine, from, to);
        return true;
    }

    /** The rest, between the added tokens that are looked for afterwards; there are none where text is normalised. */
    private void betweenNormalised(Scratch mine, int from, int to) {
        AddedTokens added = file.normalisedAdded();
        byte[] utf8 = mine.text.utf8();
        int at = from;
        while (at < to) {
            int found = added.find(utf8, at, to);
            if (found > at) {
                segment(mine, at, found);
            }
            at = found;
            if (at < to) {
                int token = added.at(utf8, at, to);
                mine.words.add(added.id(token));
                at += added.length(token);
            }
        }
    }

    private void segment(Scratch mine, int from, int to) {
        byte[] utf8 = mine.text.utf8();
        if (file.prefixSpace() && utf8[from] != ' ') {
            mine.changed = true;
            mine.rewritten.setWithSpace(utf8, from, to);
            mine.words.encode(mine.rewritten.utf8(), 0, mine.rewritten.length());
        } else {
            mine.words.encode(utf8, from, to);
        }
    }

    private TokenOffsets offsets(Scratch mine, int numChars, boolean addSpecialTokens) {
        int[] ids = mine.words.ids();
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        int[] charOf = mine.text.charsOfBytes();
        int before = addSpecialTokens ? file.around().before().length : 0;
        int after = ids.length - (addSpecialTokens ? file.around().after().length : 0);
        byte[] utf8 = mine.text.utf8();
        int at = 0;
        for (int i = before; i < after; i++) {
            int end = at + model.lengths()[ids[i]];
            int last = end - 1;
            // To the end of the character that the token's last byte belongs to.
            do {
                last++;
            } while (last < mine.text.length() && charOf[last] == charOf[end - 1]);
            file.around().range(utf8, at, end, i == 0, charOf[at], charOf[last], starts, ends, i);
            at = end;
        }
        for (int i = after; i < ids.length; i++) {
            starts[i] = numChars;
            ends[i] = numChars;
        }
        return new TokenOffsets(ids, starts, ends);
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return reference.get().decode(ids, skipSpecialTokens);
    }

    @Override
    public int eosTokenId() {
        return eosTokenId;
    }

    @Override
    public OptionalInt bosTokenId() {
        return bosTokenId;
    }

    @Override
    public int vocabSize() {
        return vocabSize;
    }

    @Override
    public String sha256() {
        return sha256;
    }

    @Override
    public String description() {
        return "byte-level BPE in Java, with the words of "
                + file.pattern().name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        reference.close();
    }
}
