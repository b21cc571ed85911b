package dev.packtrain.pipeline.encode;

import static dev.packtrain.packing.TokenizedExample.IGNORE_INDEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExampleEncoderTest {
    private static final int EOS = 2;
    private static final int BOS = 1;

    /** One token a character; {@code ~} has none; BOS before a sequence if wanted. */
    private record Characters(boolean bos) implements Tokenizer {
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
        public void close() {}
    }

    private static Encoded encode(boolean bos, int srcLength, int maxLength, List<String> src, List<String> tgt)
            throws RejectedRowException {
        return new ExampleEncoder(new Characters(bos), srcLength, maxLength).encode(7, Dialogue.ofTurns(src, tgt));
    }

    private static Encoded one(int srcLength, int maxLength, String src, String tgt) throws RejectedRowException {
        return encode(false, srcLength, maxLength, List.of(src), List.of(tgt));
    }

    @Test
    void theSourceTakesNoLossAndTheTargetWithItsEosDoes() throws RejectedRowException {
        Encoded encoded = one(8, 16, "ab", "xyz");
        assertThat(encoded.example().id()).isEqualTo(7);
        assertThat(encoded.example().inputIds()).containsExactly('a', 'b', 'x', 'y', 'z', EOS);
        assertThat(encoded.example().labels()).containsExactly(IGNORE_INDEX, IGNORE_INDEX, 'x', 'y', 'z', EOS);
        assertThat(encoded.isTruncated()).isFalse();
    }

    @Test
    void theSourceKeepsItsLastTokens() throws RejectedRowException {
        Encoded encoded = one(2, 16, "abcde", "x");
        assertThat(encoded.example().inputIds()).containsExactly('d', 'e', 'x', EOS);
        assertThat(encoded.numDropped()).isEqualTo(3);
    }

    @Test
    void theTargetIsCutToWhatRemainsAndThenHasNoEos() throws RejectedRowException {
        Encoded exact = one(4, 5, "ab", "xy");
        assertThat(exact.example().inputIds()).containsExactly('a', 'b', 'x', 'y', EOS);
        assertThat(exact.numDropped()).isZero();
        Encoded cut = one(4, 5, "ab", "xyz");
        assertThat(cut.example().inputIds()).containsExactly('a', 'b', 'x', 'y', 'z');
        assertThat(cut.numDropped()).isEqualTo(1);
    }

    @Test
    void allTurnsAreKeptIfTheyFit() throws RejectedRowException {
        Encoded encoded = encode(true, 8, 16, List.of("a", "b"), List.of("x", "y"));
        assertThat(encoded.example().inputIds()).containsExactly(BOS, 'a', 'x', EOS, 'b', 'y', EOS);
        assertThat(encoded.example().labels())
                .containsExactly(IGNORE_INDEX, IGNORE_INDEX, 'x', EOS, IGNORE_INDEX, 'y', EOS);
        assertThat(encoded.numDropped()).isZero();
    }

    @Test
    void turnsThatDoNotFitWholeAreDroppedFromTheOldestOn() throws RejectedRowException {
        Encoded encoded = encode(true, 6, 8, List.of("a", "longer", "c"), List.of("x", "y", "z"));
        // The first turn would fit, but nothing older than a turn that was dropped is kept.
        assertThat(encoded.example().inputIds()).containsExactly(BOS, 'c', 'z', EOS);
        assertThat(encoded.numDropped()).isEqualTo(3 + 8);
        Encoded two = encode(true, 6, 7, List.of("a", "b", "c"), List.of("x", "y", "z"));
        assertThat(two.example().inputIds()).containsExactly(BOS, 'b', 'y', EOS, 'c', 'z', EOS);
        assertThat(two.numDropped()).isEqualTo(3);
    }

    @Test
    void theLastTurnIsKeptEvenIfItMustBeCut() throws RejectedRowException {
        Encoded encoded = encode(true, 3, 5, List.of("a", "bcde"), List.of("x", "pqrs"));
        assertThat(encoded.example().inputIds()).containsExactly('c', 'd', 'e', 'p', 'q');
        // BOS and b, r, s and EOS, and the first turn.
        assertThat(encoded.numDropped()).isEqualTo(2 + 3 + 3);
    }

    @Test
    void aTextWithoutTokensIsRejected() {
        assertThat(catchThrowableOfType(RejectedRowException.class, () -> one(4, 8, "~", "x"))
                        .reason())
                .isEqualTo(RejectReason.SRC_WITHOUT_TOKENS);
        assertThat(catchThrowableOfType(RejectedRowException.class, () -> one(4, 8, "a", "~"))
                        .reason())
                .isEqualTo(RejectReason.TGT_WITHOUT_TOKENS);
    }
}
