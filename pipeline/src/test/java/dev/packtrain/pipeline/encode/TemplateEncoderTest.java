package dev.packtrain.pipeline.encode;

import static dev.packtrain.packing.TokenizedExample.IGNORE_INDEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.ChatTemplateSource;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.TemplateOptions;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One token a char, and a template of few chars: {@code [} role initial {@code :} content {@code ]}. */
class TemplateEncoderTest {
    private static final ChatTemplateSource SOURCE = new ChatTemplateSource(
            "the test",
            "{% for m in messages %}[{{ m.role[0] }}:{{ m.content }}]{% endfor %}"
                    + "{% if add_generation_prompt %}[a:{% endif %}",
            null,
            Map.of(),
            Map.of(),
            LocalDateTime.of(2024, 7, 26, 0, 0));

    private static Dialogue dialogue(String... said) {
        List<Message> messages = new ArrayList<>();
        for (String one : said) {
            String role =
                    switch (one.charAt(0)) {
                        case 's' -> Message.SYSTEM;
                        case 'u' -> Message.USER;
                        default -> Message.ASSISTANT;
                    };
            messages.add(Message.of(role, one.substring(2)));
        }
        return Dialogue.of(messages);
    }

    private static Encoded encode(
            int srcLength, int maxLength, TruncationSide side, Overflow overflow, LossOn lossOn, SourceRecord record)
            throws RejectedRowException {
        LengthLimits limits = new LengthLimits(srcLength, maxLength, side, overflow);
        EncodeOptions options = new EncodeOptions("t", null, limits, TemplateOptions.NONE, lossOn, 0);
        return new ExampleEncoder(new Characters(true), options, SOURCE.compile(), 42).encode(7, record);
    }

    private static Encoded truncated(int srcLength, int maxLength, SourceRecord record) throws RejectedRowException {
        return encode(srcLength, maxLength, TruncationSide.LEFT, Overflow.TRUNCATE, LossOn.EVERY_TURN, record);
    }

    private static String text(TokenizedExample example) {
        return new String(example.inputIds(), 0, example.length());
    }

    /** The tokens that take a loss, the others as dots. */
    private static String learnt(TokenizedExample example) {
        StringBuilder text = new StringBuilder();
        for (int label : example.labels()) {
            text.append(label == IGNORE_INDEX ? '.' : (char) label);
        }
        return text.toString();
    }

    @Test
    void answersAndTheirEndMarkersAreLearnt() throws RejectedRowException {
        Dialogue two = dialogue("s:be", "u:hi", "a:ho", "u:x", "a:y");
        TokenizedExample every = truncated(30, 40, two).examples().get(0);
        assertThat(text(every)).isEqualTo("[s:be][u:hi][a:ho][u:x][a:y]");
        assertThat(learnt(every)).isEqualTo("...............ho]........y]");
        TokenizedExample last = encode(30, 40, TruncationSide.LEFT, Overflow.TRUNCATE, LossOn.LAST_TURN, two)
                .examples()
                .get(0);
        assertThat(learnt(last)).isEqualTo("..........................y]");
    }

    @Test
    void theOldestTurnsGoFirstAndTheSystemMessageNever() throws RejectedRowException {
        Dialogue three = dialogue("s:be", "u:hi", "a:ho", "u:x", "a:y", "u:p", "a:q");
        Encoded two = truncated(20, 26, three);
        assertThat(text(two.examples().get(0))).isEqualTo("[s:be][u:x][a:y][u:p][a:q]");
        assertThat(two.dropped()).isEqualTo(new DroppedTokens(0, 0, 12, 0));
        assertThat(text(truncated(20, 25, three).examples().get(0))).isEqualTo("[s:be][u:p][a:q]");
    }

    @Test
    void aLongSourceIsCutInsideItsMarkers() throws RejectedRowException {
        Dialogue one = dialogue("s:be", "u:abcdef", "a:q");
        Encoded left = truncated(15, 40, one);
        assertThat(text(left.examples().get(0))).isEqualTo("[s:be][u:ef][a:q]");
        assertThat(left.dropped()).isEqualTo(new DroppedTokens(4, 0, 0, 0));
        Encoded right = encode(15, 40, TruncationSide.RIGHT, Overflow.TRUNCATE, LossOn.EVERY_TURN, one);
        assertThat(text(right.examples().get(0))).isEqualTo("[s:be][u:ab][a:q]");
        RejectedRowException impossible =
                catchThrowableOfType(RejectedRowException.class, () -> truncated(13, 40, one));
        assertThat(impossible.reason()).isEqualTo(RejectReason.OVERFLOW);
        assertThat(impossible).hasMessageContaining("src_length = 13");
    }

    @Test
    void aLongAnswerLosesItsEnd() throws RejectedRowException {
        Encoded cut = truncated(8, 12, dialogue("u:p", "a:abcdefgh"));
        assertThat(text(cut.examples().get(0))).isEqualTo("[u:p][a:abcd");
        assertThat(learnt(cut.examples().get(0))).isEqualTo("........abcd");
        assertThat(cut.dropped()).isEqualTo(new DroppedTokens(0, 5, 0, 0));
    }

    @Test
    void aShortSourceOfALongDialogueIsNotCut() throws RejectedRowException {
        // 17 tokens precede the last answer, but only 8 of them are the last turn's.
        Encoded whole = truncated(8, 20, dialogue("u:hi", "a:hoo", "u:x", "a:y"));
        assertThat(text(whole.examples().get(0))).isEqualTo("[u:hi][a:hoo][u:x][a:y]".substring(13));
        Encoded all = truncated(8, 23, dialogue("u:hi", "a:hoo", "u:x", "a:y"));
        assertThat(text(all.examples().get(0))).isEqualTo("[u:hi][a:hoo][u:x][a:y]");
        assertThat(all.isTruncated()).isFalse();
    }

    @Test
    void aLongDialogueIsSplitBetweenTurns() throws RejectedRowException {
        Encoded split = encode(
                8,
                16,
                TruncationSide.LEFT,
                Overflow.SPLIT,
                LossOn.EVERY_TURN,
                dialogue("u:hi", "a:ho", "u:x", "a:y", "u:p", "a:q"));
        assertThat(split.examples())
                .extracting(TemplateEncoderTest::text)
                .containsExactly("[u:hi][a:ho]", "[u:x][a:y]", "[u:p][a:q]");
    }

    @Test
    void bothAnswersOfAPreferenceAreRendered() throws RejectedRowException {
        Preference record = new Preference(dialogue("s:be", "u:hi", "a:ho", "u:x"), "yes", "no");
        TokenizedExample whole = truncated(30, 40, record).examples().get(0);
        assertThat(text(whole)).isEqualTo("[s:be][u:hi][a:ho][u:x][a:yes]:no]");
        assertThat(learnt(whole)).isEqualTo("..........................yes].no]");
        Encoded cut = truncated(14, 22, record);
        assertThat(text(cut.examples().get(0))).isEqualTo("[s:be][u:x][a:yes]:no]");
        assertThat(cut.dropped()).isEqualTo(new DroppedTokens(0, 0, 12, 0));
    }
}
