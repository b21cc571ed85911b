package dev.packtrain.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowLocation;
import dev.packtrain.pipeline.source.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordParserTest {
    private static final RowLocation HERE = new RowLocation(0, "rows.json", 1);

    private final RecordParser parser =
            new RecordParser(SourceOptions.of("rows.json").withFormat(DatasetFormat.SRC_TGT));

    private static RowReader.Row row(byte[] bytes) {
        return new RowReader.Row(HERE, bytes, bytes.length);
    }

    private static RowReader.Row row(String line) {
        return row(line.getBytes(StandardCharsets.UTF_8));
    }

    private RejectedRowException rejected(RowReader.Row row) {
        return catchThrowableOfType(RejectedRowException.class, () -> parser.parse(row));
    }

    @Test
    void theFormatMustBeKnown() {
        assertThatThrownBy(() -> new RecordParser(SourceOptions.of("rows.json")))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("the format of the rows of rows.json");
    }

    @Test
    void stringsAreOneTurnAndListsAreMany() throws RejectedRowException {
        assertThat(parser.parse(row("{\"x\":[{}],\"src\":\"a\",\"tgt\":\"b\"}")))
                .isEqualTo(Dialogue.ofTurns(List.of("a"), List.of("b")));
        assertThat(parser.parse(row(" {\"tgt\":[\"b\",\"d\"],\"src\":[\"a\",\"😀\"]} ")))
                .isEqualTo(Dialogue.ofTurns(List.of("a", "😀"), List.of("b", "d")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"src\":\"a\",\"tgt\":                          | MALFORMED_JSON  | not JSON at column",
                "{\"src\":\"a\",\"tgt\":\"b\"} {}                 | MALFORMED_JSON  | something follows",
                "oops                                             | MALFORMED_JSON  | not JSON",
                "[\"a\",\"b\"]                                    | NOT_AN_OBJECT   | a list; wanted a JSON object",
                "3                                                | NOT_AN_OBJECT   | a number",
                "null                                             | NOT_AN_OBJECT   | null",
                "{}                                               | MISSING_FIELD   | field \"src\" is missing",
                "{\"src\":\"a\",\"target\":\"b\",\"n\":1}         | MISSING_FIELD   | nearest that is there is \"target\"",
                "{\"src\":3,\"tgt\":\"b\"}                        | WRONG_TYPE      | field \"src\" is a number",
                "{\"src\":\"a\",\"tgt\":null}                     | WRONG_TYPE      | field \"tgt\" is null",
                "{\"src\":[\"a\",{}],\"tgt\":[\"b\",\"c\"]}       | WRONG_TYPE      | a list with an object",
                "{\"src\":[\"a\"],\"tgt\":[\"b\",\"c\"]}          | LENGTH_MISMATCH | a list of 1",
                "{\"src\":[\"a\"],\"tgt\":\"b\"}                  | LENGTH_MISMATCH | a string",
                "{\"src\":\"a\",\"tgt\":\"\"}                     | EMPTY           | field \"tgt\" is empty",
                "{\"src\":\" \\t \",\"tgt\":\"b\"}                | EMPTY           | field \"src\" is empty",
                "{\"src\":[],\"tgt\":[]}                          | EMPTY           | empty list",
                "{\"src\":\"a\\u0000\",\"tgt\":\"b\"}             | NUL             | NUL character at character 1",
                "{\"src\":\"a\",\"tgt\":\"\\ud83d\"}              | LONE_SURROGATE  | half a surrogate pair",
                "{\"src\":\"a\",\"tgt\":\"\\ude00\\ud83d\"}       | LONE_SURROGATE  | half a surrogate pair",
                "{\"src\":\"a\",\"tgt\":\"b\",\"src\":\"c\"}      | DUPLICATE_KEY   | \"src\" stands there twice",
            })
    void aBadRowIsRejectedWithItsReason(String line, RejectReason reason, String detail) {
        RejectedRowException rejected = rejected(row(line));
        assertThat(rejected.reason()).isEqualTo(reason);
        assertThat(rejected).hasMessageContaining(detail);
    }

    @Test
    void bytesThatAreNoTextAreRejected() {
        assertThat(rejected(row(new byte[] {'{', '"', (byte) 0xC3, '"', '}'})).reason())
                .isEqualTo(RejectReason.INVALID_UTF8);
        // A surrogate written as three bytes, which is not UTF-8.
        assertThat(rejected(row(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}))
                        .reason())
                .isEqualTo(RejectReason.INVALID_UTF8);
        assertThat(rejected(row(new byte[] {'{', 0, '}'})).reason()).isEqualTo(RejectReason.NUL);
    }

    @Test
    void nestingIsBoundedAlsoInFieldsThatDoNotCount() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        RejectedRowException rejected = rejected(row("{\"x\":" + deep + ",\"src\":\"a\",\"tgt\":\"b\"}"));
        assertThat(rejected.reason()).isEqualTo(RejectReason.JSON_LIMITS);
        assertThat(rejected.getMessage()).hasSizeLessThan(300);
    }

    @Test
    void aLineThatIsTooLongIsRejectedUnread() {
        RejectedRowException rejected = rejected(new RowReader.Row(HERE, new byte[] {'{'}, 50 << 20));
        assertThat(rejected.reason()).isEqualTo(RejectReason.TOO_LONG);
        assertThat(rejected).hasMessageContaining("52428800 bytes; max_row_bytes is 16777216");
    }

    @Test
    void aRejectShowsTheBeginningOfItsRow() {
        byte[] line = "😀".repeat(400).getBytes(StandardCharsets.UTF_8);
        Reject reject = Reject.of(HERE, rejected(row(line)), line);
        assertThat(reject.row()).isEqualTo("😀".repeat(250));
        byte[] odd = ("x" + "😀".repeat(400)).getBytes(StandardCharsets.UTF_8);
        assertThat(Reject.of(HERE, rejected(row(odd)), odd).row()).isEqualTo("x" + "😀".repeat(249));
    }
}
