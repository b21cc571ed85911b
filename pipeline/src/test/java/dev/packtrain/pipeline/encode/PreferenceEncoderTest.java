package dev.packtrain.pipeline.encode;

import static dev.packtrain.packing.TokenizedExample.IGNORE_INDEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.TemplateOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreferenceEncoderTest {
    private static final int EOS = Characters.EOS;
    private static final int BOS = Characters.BOS;

    private static Preference preference(String chosen, String rejected, String... said) {
        List<Message> messages = new ArrayList<>();
        for (String content : said) {
            messages.add(Message.of(messages.size() % 2 == 0 ? Message.USER : Message.ASSISTANT, content));
        }
        return new Preference(Dialogue.of(messages), chosen, rejected);
    }

    private static Encoded encode(int srcLength, int maxLength, Overflow overflow, Preference record)
            throws RejectedRowException {
        LengthLimits limits = new LengthLimits(srcLength, maxLength, TruncationSide.LEFT, overflow);
        EncodeOptions options = new EncodeOptions("t", null, limits, TemplateOptions.NONE, LossOn.EVERY_TURN, 0);
        return new ExampleEncoder(new Characters(true), options, null, 42).encode(7, record);
    }

    @Test
    void bothAnswersFollowThePromptAndTakeTheLoss() throws RejectedRowException {
        TokenizedExample example = encode(8, 16, Overflow.TRUNCATE, preference("xy", "z", "ab"))
                .examples()
                .get(0);
        assertThat(example.inputIds()).containsExactly(BOS, 'a', 'b', 'x', 'y', EOS, 'b', 'z', EOS);
        assertThat(example.labels())
                .containsExactly(IGNORE_INDEX, IGNORE_INDEX, IGNORE_INDEX, 'x', 'y', EOS, IGNORE_INDEX, 'z', EOS);
        assertThat(example.positionIds()).containsExactly(0, 1, 2, 3, 4, 5, 2, 3, 4);
        assertThat(example.id()).isEqualTo(7);
    }

    @Test
    void oldTurnsAreKeptWholeWhileTheyFit() throws RejectedRowException {
        Preference record = preference("x", "y", "ab", "c", "de", "f", "g");
        Encoded whole = encode(14, 24, Overflow.TRUNCATE, record);
        assertThat(whole.examples().get(0).inputIds())
                .containsExactly(BOS, 'a', 'b', 'c', EOS, 'd', 'e', 'f', EOS, 'g', 'x', EOS, 'g', 'y', EOS);
        assertThat(whole.isTruncated()).isFalse();
        // 11 tokens: BOS d e f EOS g, x EOS, and g y EOS again.
        Encoded cut = encode(4, 11, Overflow.TRUNCATE, record);
        assertThat(cut.examples().get(0).inputIds())
                .containsExactly(BOS, 'd', 'e', 'f', EOS, 'g', 'x', EOS, 'g', 'y', EOS);
        assertThat(cut.dropped()).isEqualTo(new DroppedTokens(0, 0, 4, 0));
        assertThat(encode(4, 10, Overflow.TRUNCATE, record).dropped()).isEqualTo(new DroppedTokens(0, 0, 8, 0));
    }

    @Test
    void aLongSourceIsCutThenTheAnswersInProportion() throws RejectedRowException {
        Encoded encoded = encode(3, 10, Overflow.TRUNCATE, preference("uvwxyz", "pqr", "abcdef"));
        // Six slots for seven and four tokens.
        assertThat(encoded.examples().get(0).inputIds())
                .containsExactly('d', 'e', 'f', 'u', 'v', 'w', 'f', 'p', 'q', 'r');
        assertThat(encoded.dropped()).isEqualTo(new DroppedTokens(4, 5, 0, 0));
        assertThat(encoded.numTokens() + encoded.dropped().total()).isEqualTo(7 + 7 + 4 + 1);
    }

    @Test
    void aPairIsNeverSplit() {
        Preference record = preference("uvwxyz", "pqr", "abcdef");
        for (Overflow overflow : List.of(Overflow.SPLIT, Overflow.DROP, Overflow.ERROR)) {
            assertThat(catchThrowableOfType(RejectedRowException.class, () -> encode(3, 18, overflow, record))
                            .reason())
                    .isEqualTo(RejectReason.OVERFLOW);
        }
    }
}
