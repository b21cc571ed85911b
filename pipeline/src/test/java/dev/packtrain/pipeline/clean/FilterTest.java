package dev.packtrain.pipeline.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What takes a row out for itself. */
class FilterTest {
    @Test
    void lengthsAreCharactersAndEveryLimitHasItsReason() {
        LengthFilter filter = new LengthFilter(2, 5, 3, 8, 0.5, 3);
        assertThat(filter.check("衣服", "好看的")).isEmpty();
        assertThat(filter.check("👗👗", "👗👗👗")).isEmpty();
        assertThat(filter.check("a", "abc"))
                .contains(new Removal(RejectReason.SRC_TOO_SHORT, "the source has 1 characters; min_src_chars is 2"));
        assertThat(filter.check("abcdef", "abc").orElseThrow().reason()).isEqualTo(RejectReason.SRC_TOO_LONG);
        assertThat(filter.check("ab", "ab").orElseThrow().reason()).isEqualTo(RejectReason.TGT_TOO_SHORT);
        assertThat(filter.check("ab", "abcdefghi").orElseThrow().reason()).isEqualTo(RejectReason.TGT_TOO_LONG);
        assertThat(filter.check("ab", "abcdefg"))
                .contains(new Removal(
                        RejectReason.TGT_SRC_RATIO,
                        "the target has 3.5 characters for each of the source; max_tgt_src_ratio is 3"));
        assertThat(LengthFilter.OFF.check("", "x")).isEmpty();
        assertThatThrownBy(() -> LengthFilter.OFF.withTarget(9, 8))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "min_tgt_chars is 9 and max_tgt_chars is 8; give a minimum of 0 or more and a maximum not below");
    }

    @Test
    void sharesOfWhatIsNoText() {
        assertThat(QualityFilter.nonText("ab!?")).isEqualTo(0.5);
        assertThat(QualityFilter.nonText("हिन्दी में")).isZero();
        assertThat(QualityFilter.nonText("衣服，好")).isEqualTo(0.25);
        assertThat(QualityFilter.repeatedLines("a\n\nb\na\n a \n")).isEqualTo(0.5);
        String once = "one two three four five six seven eight nine ten ";
        assertThat(QualityFilter.repeatedUnits(once)).isZero();
        assertThat(QualityFilter.repeatedUnits(once + once)).isEqualTo(0.5);
        assertThat(QualityFilter.repeatedUnits("好".repeat(30))).isCloseTo(29.0 / 30, within(0.05));
        assertThat(QualityFilter.repeatedUnits("")).isZero();
        QualityFilter filter = new QualityFilter(0.4, 0.3, 0.1);
        assertThat(filter.check("a fine answer")).isEmpty();
        assertThat(filter.check("!!!!a").orElseThrow())
                .isEqualTo(new Removal(
                        RejectReason.NON_TEXT,
                        "0.8 of the target's characters are no text; max_non_text_ratio is 0.4"));
        assertThat(filter.check("a\na\nb").orElseThrow().reason()).isEqualTo(RejectReason.REPEATED_LINES);
        assertThat(filter.check(once + once).orElseThrow().reason()).isEqualTo(RejectReason.REPEATED_NGRAMS);
    }

    @Test
    void aRecordHasASourceATargetAndAllItsText() {
        Dialogue dialogue = Dialogue.of(List.of(
                Message.of("system", "s"),
                Message.of("user", "q"),
                Message.of("assistant", "a"),
                Message.of("tool", "t"),
                Message.of("assistant", "b")));
        CleanRecord record = CleanRecord.of(dialogue);
        assertThat(record.source()).isEqualTo("s\nq");
        assertThat(record.target()).isEqualTo("a\nb");
        assertThat(record.text()).isEqualTo("s\nq\na\nt\nb");
        CleanRecord preference =
                CleanRecord.of(new Preference(Dialogue.of(List.of(Message.of("user", "q"))), "good", "bad"));
        assertThat(preference.target()).isEqualTo("good");
        assertThat(preference.text()).isEqualTo("q\ngood\nbad");
        assertThat(CleanRecord.of(new PlainText("p")).target()).isEqualTo("p");
        assertThat(CleanRecord.of(new PlainText("p")).source()).isEmpty();
        assertThat(TextHash.of(CleanRecord.of("ab", "c"), TextNormalization.NONE))
                .isNotEqualTo(TextHash.of(CleanRecord.of("a", "bc"), TextNormalization.NONE));
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedInASentence() {
        assertThatThrownBy(() -> NearDedup.of(0.1)).hasMessageContaining("near_dedup_threshold is 0.1");
        assertThatThrownBy(() -> new QualityFilter(2, 1, 1)).hasMessageContaining("max_non_text_ratio is 2.0");
        assertThatThrownBy(() -> new DevSplit(0.1, 5, DevSplit.By.SRC, DevSplit.Side.TRAIN))
                .hasMessage("dev_ratio is 0.1 and dev_rows is 5; give one of them");
        assertThatThrownBy(() -> new DevSplit(0, 0, DevSplit.By.SRC, DevSplit.Side.DEV))
                .hasMessageContaining("split is \"dev\"");
        assertThatThrownBy(() -> TextNormalization.of("lower"))
                .hasMessageContaining("give none, whitespace, whitespace_case");
        assertThatThrownBy(() -> new Decontamination("x", 2, 0)).hasMessageContaining("decontaminate_ngram is 2");
        assertThat(CleanOptions.OFF.isOn()).isFalse();
        assertThat(CleanOptions.OFF.with(Dedup.EXACT).isOn()).isTrue();
    }
}
