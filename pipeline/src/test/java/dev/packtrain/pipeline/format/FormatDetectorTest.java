package dev.packtrain.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatDetectorTest {
    private static final SourceOptions USUAL = SourceOptions.of("d");

    private static FormatChoice detect(SourceOptions options, String file, String... rows) {
        List<RowShape> shapes = Arrays.stream(rows)
                .map(row -> RowShape.of(FormatRows.row(file, row.replace('\'', '"'))))
                .toList();
        return FormatDetector.of(options, List.of(file), shapes);
    }

    private static void refused(SourceOptions options, String file, String detail, String... rows) {
        assertThatThrownBy(() -> detect(options, file, rows))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file)
                .hasMessageContaining("set dataset_format to")
                .hasMessageContaining(detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'src':'a','tgt':'b','text':'c'}                           | SRC_TGT",
                "{'id':1,'conversations':[]}                                | SHAREGPT",
                "{'messages':3}                                             | MESSAGES",
                "{'instruction':'a','input':'','output':'c','text':'all'}   | ALPACA",
                "{'src':'a','tgt':'b','response':[],'sort':[]}              | PREFERENCE",
                "{'prompt':'a','chosen':'b','rejected':'c'}                 | PREFERENCE",
                "{'chosen':[],'rejected':[]}                                | PREFERENCE",
                "{'text':'a','meta':{'src':'a'}}                            | TEXT",
            })
    void theFieldsOfARowShowItsFormat(String row, DatasetFormat format) {
        FormatChoice choice = detect(USUAL, "a.jsonl", "oops", row, "{}");
        assertThat(choice.format()).isEqualTo(format);
        assertThat(choice.why()).startsWith("1 of the first 3 rows of a.jsonl have \"");
    }

    @Test
    void linesOfATextFileAreTexts() {
        assertThat(detect(USUAL, "a.txt.gz", "once", "3", "[x]"))
                .isEqualTo(new FormatChoice(DatasetFormat.TEXT, "a.txt.gz is a text file, a text a line"));
        refused(USUAL, "a.txt", "1 of the first 2 are JSON objects (fields \"src\")", "once", "{'src':1}");
    }

    @Test
    void aFileWithoutAKnownSuffixMustShowObjects() {
        assertThat(detect(USUAL, "part-00000", "{'messages':[]}").format()).isEqualTo(DatasetFormat.MESSAGES);
        refused(USUAL, "part-00000", "0 of the first 1 are JSON objects;", "once");
    }

    @Test
    void whatFitsTwoFormatsOrNoneIsRefusedWithItsFields() {
        refused(USUAL, "a.jsonl", "a row fits messages and preference", "{'messages':[],'chosen':[],'rejected':[]}");
        refused(USUAL, "a.jsonl", "rows fit src_tgt and messages", "{'src':'a','tgt':'b'}", "{'messages':[]}");
        refused(USUAL, "a.jsonl", "fit no format (fields \"question\", \"answer\")", "{'question':1,'answer':2}");
        refused(USUAL, "a.jsonl", "none of the first 2 rows", "oops", "{'src'");
    }

    @Test
    void mappedFieldsAreLookedForAndTellTheFormatWhereNothingElseDoes() {
        SourceOptions mapped = USUAL.withFields("q", "a");
        assertThat(detect(mapped, "a.csv", "{'q':1,'a':2}").format()).isEqualTo(DatasetFormat.SRC_TGT);
        assertThat(detect(mapped, "a.csv", "{'q':1,'a':2,'response':[],'sort':[]}")
                        .format())
                .isEqualTo(DatasetFormat.PREFERENCE);
        assertThat(detect(mapped, "a.csv", "{'x':1}").why()).isEqualTo("src_field and tgt_field are set");
        assertThat(detect(USUAL.withTextField("body"), "a.parquet", "{'body':'x'}")
                        .format())
                .isEqualTo(DatasetFormat.TEXT);
    }

    @Test
    void namesOfFormatsAreThoseOfRecipes() {
        for (DatasetFormat format : DatasetFormat.values()) {
            assertThat(DatasetFormat.of(format.key())).isEqualTo(format);
        }
        assertThat(DatasetFormat.of("auto")).isNull();
        assertThatThrownBy(() -> DatasetFormat.of("alpacca"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("give auto or one of src_tgt, sharegpt, messages, alpaca, preference, text");
    }
}
