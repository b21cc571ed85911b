package dev.packtrain.pipeline.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The Hugging Face library itself, on any local {@code tokenizer.json}. What that file says about padding and cutting
 * is switched off, so that the ids are those of the text.
 *
 * <p>It calls the native library directly: the wrapper around it also builds offsets and masks of every token, which
 * costs more than the ids.
 */
public final class HuggingFaceTokenizer implements Tokenizer {
    private final AtomicLong handle;
    private final String sha256;
    private final int eosTokenId;
    private final OptionalInt bosTokenId;
    private final int vocabSize;
    private final String description;

    private HuggingFaceTokenizer(TokenizerFiles files, TokenizerVocabulary vocabulary, String eosToken) {
        this.description = "the Hugging Face library";
        this.eosTokenId = vocabulary.eosTokenId(eosToken);
        this.bosTokenId = vocabulary.bosTokenId();
        this.vocabSize = vocabulary.size();
        this.sha256 = files.sha256();
        this.handle = new AtomicLong(create(files));
    }

    private HuggingFaceTokenizer(HuggingFaceTokenizer other, String description) {
        this.handle = other.handle;
        this.sha256 = other.sha256;
        this.eosTokenId = other.eosTokenId;
        this.bosTokenId = other.bosTokenId;
        this.vocabSize = other.vocabSize;
        this.description = description;
    }

    private static long create(TokenizerFiles files) {
        // Unpacks and loads the native library the first time.
        LibUtils.checkStatus();
        try {
            long created = TokenizersLibrary.LIB.createTokenizerFromString(
                    new String(files.tokenizerJson(), StandardCharsets.UTF_8));
            TokenizersLibrary.LIB.disablePadding(created);
            TokenizersLibrary.LIB.disableTruncation(created);
            return created;
        } catch (RuntimeException refused) {
            throw new BadInputException(
                    "%s is not a tokenizer that can be loaded (%s); give the tokenizer.json of a Hugging Face tokenizer"
                            .formatted(files.where(), refused.getMessage()),
                    refused);
        }
    }

    /**
     * Loads a tokenizer.
     *
     * @param path a {@code tokenizer.json} or the directory that holds it
     * @throws BadInputException if there is none, or it names no token that ends a text
     */
    public static HuggingFaceTokenizer load(Path path) throws IOException {
        return load(TokenizerFiles.read(path), null);
    }

    /**
     * Loads a tokenizer from its bytes.
     *
     * @param eosToken the token that ends a text, or null for what the files say
     * @throws BadInputException if they are no tokenizer, or {@code eosToken} is not in it
     */
    public static HuggingFaceTokenizer load(TokenizerFiles files, String eosToken) {
        return load(files, TokenizerVocabulary.of(files), eosToken);
    }

    /** As the other, with files that were read already. */
    static HuggingFaceTokenizer load(TokenizerFiles files, TokenizerVocabulary vocabulary, String eosToken) {
        return new HuggingFaceTokenizer(files, vocabulary, eosToken);
    }

    /** The same tokenizer, which takes over what this one holds, with more to say of why it was chosen. */
    HuggingFaceTokenizer because(String reason) {
        return new HuggingFaceTokenizer(this, description + ", since " + reason);
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        if (text.isEmpty() && !addSpecialTokens) {
            return new int[0];
        }
        long encoding = TokenizersLibrary.LIB.encode(open(), text, addSpecialTokens);
        try {
            return ids(encoding);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    private static int[] ids(long encoding) {
        long[] wide = TokenizersLibrary.LIB.getTokenIds(encoding);
        int[] ids = new int[wide.length];
        for (int i = 0; i < wide.length; i++) {
            ids[i] = (int) wide[i];
        }
        return ids;
    }

    @Override
    public TokenOffsets encodeWithOffsets(String text, boolean addSpecialTokens) {
        int[] chars = charsOfCodePoints(text);
        long encoding = TokenizersLibrary.LIB.encode(open(), text, addSpecialTokens);
        try {
            int[] ids = ids(encoding);
            CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
            int[] starts = new int[ids.length];
            int[] ends = new int[ids.length];
            int outside = 0;
            for (int i = 0; i < ids.length; i++) {
                // A token that was added around the text has no span.
                starts[i] = spans[i] == null ? outside : chars[spans[i].getStart()];
                ends[i] = spans[i] == null ? outside : chars[spans[i].getEnd()];
                outside = spans[i] == null ? outside : text.length();
            }
            return new TokenOffsets(ids, starts, ends);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /** Where each code point starts, in UTF-16 chars, and the length of the text: the library counts code points. */
    private static int[] charsOfCodePoints(String text) {
        int[] starts = new int[text.length() + 1];
        int count = 0;
        int at = 0;
        while (at < text.length()) {
            starts[count++] = at;
            int codePoint = text.codePointAt(at);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("char %d of the text is half a character".formatted(at));
            }
            at += Character.charCount(codePoint);
        }
        starts[count++] = at;
        return Arrays.copyOf(starts, count);
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = ids[i];
        }
        return TokenizersLibrary.LIB.decode(open(), wide, skipSpecialTokens);
    }

    private long open() {
        long open = handle.get();
        if (open == 0) {
            throw new IllegalStateException("this tokenizer is closed");
        }
        return open;
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
        return description;
    }

    @Override
    public void close() {
        long open = handle.getAndSet(0);
        if (open != 0) {
            TokenizersLibrary.LIB.deleteTokenizer(open);
        }
    }
}
