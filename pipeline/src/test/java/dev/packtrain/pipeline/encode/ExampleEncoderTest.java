package dev.packtrain.pipeline.encode;

import static dev.packtrain.packing.TokenizedExample.IGNORE_INDEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.TemplateOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExampleEncoderTest {
    private static final int EOS = Characters.EOS;
    private static final int BOS = Characters.BOS;

    private static Encoded encode(boolean bos, int srcLength, int maxLength, List<String> src, List<String> tgt)
            throws RejectedRowException {
        return new ExampleEncoder(new Characters(bos), EncodeOptions.of("t", srcLength, maxLength), null, 42)
                .encode(7, Dialogue.ofTurns(src, tgt));
    }

    private static Encoded one(int srcLength, int maxLength, String src, String tgt) throws RejectedRowException {
        return encode(false, srcLength, maxLength, List.of(src), List.of(tgt));
    }

    @Test
    void theSourceTakesNoLossAndTheTargetWithItsEosDoes() throws RejectedRowException {
        Encoded encoded = one(8, 16, "ab", "xyz");
        assertThat(encoded.examples().get(0).id()).isEqualTo(7);
        assertThat(encoded.examples().get(0).inputIds()).containsExactly('a', 'b', 'x', 'y', 'z', EOS);
        assertThat(encoded.examples().get(0).labels()).containsExactly(IGNORE_INDEX, IGNORE_INDEX, 'x', 'y', 'z', EOS);
        assertThat(encoded.isTruncated()).isFalse();
    }

    @Test
    void theSourceKeepsItsLastTokens() throws RejectedRowException {
        Encoded encoded = one(2, 16, "abcde", "x");
        assertThat(encoded.examples().get(0).inputIds()).containsExactly('d', 'e', 'x', EOS);
        assertThat(encoded.dropped().total()).isEqualTo(3);
    }

    @Test
    void theTargetIsCutToWhatRemainsAndThenHasNoEos() throws RejectedRowException {
        Encoded exact = one(4, 5, "ab", "xy");
        assertThat(exact.examples().get(0).inputIds()).containsExactly('a', 'b', 'x', 'y', EOS);
        assertThat(exact.dropped().total()).isZero();
        Encoded cut = one(4, 5, "ab", "xyz");
        assertThat(cut.examples().get(0).inputIds()).containsExactly('a', 'b', 'x', 'y', 'z');
        assertThat(cut.dropped().total()).isEqualTo(1);
    }

    @Test
    void allTurnsAreKeptIfTheyFit() throws RejectedRowException {
        Encoded encoded = encode(true, 8, 16, List.of("a", "b"), List.of("x", "y"));
        assertThat(encoded.examples().get(0).inputIds()).containsExactly(BOS, 'a', 'x', EOS, 'b', 'y', EOS);
        assertThat(encoded.examples().get(0).labels())
                .containsExactly(IGNORE_INDEX, IGNORE_INDEX, 'x', EOS, IGNORE_INDEX, 'y', EOS);
        assertThat(encoded.dropped().total()).isZero();
    }

    @Test
    void turnsThatDoNotFitWholeAreDroppedFromTheOldestOn() throws RejectedRowException {
        Encoded encoded = encode(true, 6, 8, List.of("a", "longer", "c"), List.of("x", "y", "z"));
        // The first turn would fit, but nothing older than a turn that was dropped is kept.
        assertThat(encoded.examples().get(0).inputIds()).containsExactly(BOS, 'c', 'z', EOS);
        assertThat(encoded.dropped().total()).isEqualTo(3 + 8);
        Encoded two = encode(true, 6, 7, List.of("a", "b", "c"), List.of("x", "y", "z"));
        assertThat(two.examples().get(0).inputIds()).containsExactly(BOS, 'b', 'y', EOS, 'c', 'z', EOS);
        assertThat(two.dropped().total()).isEqualTo(3);
    }

    @Test
    void theLastTurnIsKeptEvenIfItMustBeCut() throws RejectedRowException {
        Encoded encoded = encode(true, 3, 5, List.of("a", "bcde"), List.of("x", "pqrs"));
        assertThat(encoded.examples().get(0).inputIds()).containsExactly('c', 'd', 'e', 'p', 'q');
        // BOS and b, r, s and EOS, and the first turn.
        assertThat(encoded.dropped().total()).isEqualTo(2 + 3 + 3);
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

    private static Encoded encode(Overflow overflow, TruncationSide side, LossOn lossOn, SourceRecord record)
            throws RejectedRowException {
        EncodeOptions options =
                new EncodeOptions("t", null, new LengthLimits(3, 8, side, overflow), TemplateOptions.NONE, lossOn, 0);
        return new ExampleEncoder(new Characters(true), options, null, 42).encode(7, record);
    }

    private static RejectReason reason(Overflow overflow, SourceRecord record) {
        return catchThrowableOfType(
                        RejectedRowException.class,
                        () -> encode(overflow, TruncationSide.LEFT, LossOn.EVERY_TURN, record))
                .reason();
    }

    @Test
    void aSourceMayKeepItsFirstTokensInstead() throws RejectedRowException {
        Encoded encoded = encode(
                Overflow.TRUNCATE,
                TruncationSide.RIGHT,
                LossOn.EVERY_TURN,
                Dialogue.ofTurns(List.of("abcd"), List.of("xyzuvw")));
        assertThat(encoded.examples().get(0).inputIds()).containsExactly(BOS, 'a', 'b', 'x', 'y', 'z', 'u', 'v');
        assertThat(encoded.dropped()).isEqualTo(new DroppedTokens(2, 2, 0, 0));
    }

    @Test
    void aLongRowIsDroppedOrSplitAsAsked() throws RejectedRowException {
        Dialogue nine = Dialogue.ofTurns(List.of("ab", "c"), List.of("xy", "z"));
        assertThat(reason(Overflow.DROP, nine)).isEqualTo(RejectReason.OVERFLOW);
        assertThat(reason(Overflow.ERROR, nine)).isEqualTo(RejectReason.OVERFLOW);
        Encoded split = encode(Overflow.SPLIT, TruncationSide.LEFT, LossOn.EVERY_TURN, nine);
        assertThat(split.examples()).extracting(TokenizedExample::id).containsExactly(7L, 7L);
        // Between the turns, though eight tokens would have fitted.
        assertThat(split.examples().get(0).inputIds()).containsExactly(BOS, 'a', 'b', 'x', 'y', EOS);
        assertThat(split.examples().get(1).inputIds()).containsExactly('c', 'z', EOS);
        assertThat(split.isTruncated()).isFalse();
        // Eight tokens fit, though the source has more than src_length.
        Dialogue eight = Dialogue.ofTurns(List.of("abcd"), List.of("xy"));
        assertThat(encode(Overflow.DROP, TruncationSide.LEFT, LossOn.EVERY_TURN, eight)
                        .numTokens())
                .isEqualTo(8);
    }

    @Test
    void aPieceInWhichNothingIsLearntIsDroppedAndCounted() throws RejectedRowException {
        Dialogue longSource = Dialogue.ofTurns(List.of("abcdefghijklm"), List.of("xyz"));
        Encoded split = encode(Overflow.SPLIT, TruncationSide.LEFT, LossOn.EVERY_TURN, longSource);
        assertThat(split.examples()).hasSize(2);
        assertThat(split.examples().get(0).inputIds()).containsExactly('h', 'i', 'j', 'k', 'l', 'm', 'x', 'y');
        assertThat(split.dropped()).isEqualTo(new DroppedTokens(0, 0, 0, 8));
        assertThat(split.numTokens() + split.dropped().total()).isEqualTo(1 + 13 + 4);
    }

    @Test
    void plainTextIsLearntWhole() throws RejectedRowException {
        Encoded text = encode(Overflow.TRUNCATE, TruncationSide.LEFT, LossOn.EVERY_TURN, new PlainText("abc"));
        assertThat(text.examples().get(0).inputIds()).containsExactly(BOS, 'a', 'b', 'c', EOS);
        assertThat(text.examples().get(0).labels()).containsExactly(BOS, 'a', 'b', 'c', EOS);
        Encoded pieces = encode(Overflow.SPLIT, TruncationSide.LEFT, LossOn.EVERY_TURN, new PlainText("abcdefghij"));
        assertThat(pieces.examples()).extracting(TokenizedExample::length).containsExactly(8, 4);
        assertThat(reason(Overflow.TRUNCATE, new PlainText("~"))).isEqualTo(RejectReason.TEXT_WITHOUT_TOKENS);
    }

    @Test
    void onlyTheAnswersThatAreAskedForTakeALoss() throws RejectedRowException {
        Dialogue two = Dialogue.ofTurns(List.of("a", "b"), List.of("x", "y"));
        assertThat(encode(Overflow.TRUNCATE, TruncationSide.LEFT, LossOn.LAST_TURN, two)
                        .examples()
                        .get(0)
                        .labels())
                .containsExactly(IGNORE_INDEX, IGNORE_INDEX, IGNORE_INDEX, IGNORE_INDEX, IGNORE_INDEX, 'y', EOS);
        Dialogue marked = Dialogue.of(List.of(
                Message.of(Message.USER, "a"),
                Message.of(Message.ASSISTANT, "x"),
                Message.of(Message.USER, "b"),
                new Message(Message.ASSISTANT, "y", false, Map.of())));
        assertThat(encode(Overflow.TRUNCATE, TruncationSide.LEFT, LossOn.EVERY_TURN, marked)
                        .examples()
                        .get(0)
                        .labels())
                .containsExactly(IGNORE_INDEX, IGNORE_INDEX, 'x', EOS, IGNORE_INDEX, IGNORE_INDEX, IGNORE_INDEX);
        Dialogue none = Dialogue.of(
                List.of(Message.of(Message.USER, "a"), new Message(Message.ASSISTANT, "x", false, Map.of())));
        assertThat(reason(Overflow.TRUNCATE, none)).isEqualTo(RejectReason.NOTHING_LEARNT);
    }

    @Test
    void whatOnlyATemplateCanRenderIsRejected() {
        Dialogue system = Dialogue.of(List.of(
                Message.of(Message.SYSTEM, "s"), Message.of(Message.USER, "a"), Message.of(Message.ASSISTANT, "x")));
        assertThat(reason(Overflow.TRUNCATE, system)).isEqualTo(RejectReason.NEEDS_TEMPLATE);
    }

    @Test
    void positionsJumpIfAsked() throws RejectedRowException {
        LengthLimits limits = LengthLimits.of(3, 8);
        EncodeOptions options = new EncodeOptions("t", null, limits, TemplateOptions.NONE, LossOn.EVERY_TURN, 1000);
        Encoded encoded = new ExampleEncoder(new Characters(true), options, null, 42).encode(7, new PlainText("abc"));
        assertThat(encoded.examples().get(0).positionIds()).isEqualTo(new PosePositions(1000, 42).of(7, 0, 5));
        assertThat(encoded.examples().get(0).inputIds()).containsExactly(BOS, 'a', 'b', 'c', EOS);
    }
}
