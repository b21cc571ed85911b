package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.tokenizer.TokenOffsets;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** One token a character; {@code ~} has none; BOS before a sequence if wanted. */
record Characters(boolean bos) implements Tokenizer {
    static final int EOS = 2;
    static final int BOS = 1;

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        IntStream start = bos && addSpecialTokens ? IntStream.of(BOS) : IntStream.empty();
        return IntStream.concat(start, text.chars().filter(c -> c != '~')).toArray();
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return new String(ids, 0, ids.length);
    }

    @Override
    public int eosTokenId() {
        return EOS;
    }

    @Override
    public OptionalInt bosTokenId() {
        return bos ? OptionalInt.of(BOS) : OptionalInt.empty();
    }

    @Override
    public int vocabSize() {
        return 128;
    }

    @Override
    public String sha256() {
        return "0".repeat(64);
    }

    @Override
    public TokenOffsets encodeWithOffsets(String text, boolean addSpecialTokens) {
        int[] ids = encode(text, addSpecialTokens);
        int numSpecial = bos && addSpecialTokens ? 1 : 0;
        int[] kept = IntStream.range(0, text.length())
                .filter(at -> text.charAt(at) != '~')
                .toArray();
        int[] starts = IntStream.concat(IntStream.range(0, numSpecial).map(i -> 0), IntStream.of(kept))
                .toArray();
        int[] ends = IntStream.concat(
                        IntStream.range(0, numSpecial).map(i -> 0),
                        IntStream.of(kept).map(at -> at + 1))
                .toArray();
        return new TokenOffsets(ids, starts, ends);
    }

    @Override
    public String description() {
        return "a token a character";
    }

    @Override
    public void close() {}
}
