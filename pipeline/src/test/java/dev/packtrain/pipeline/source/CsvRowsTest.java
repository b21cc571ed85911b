package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvRowsTest {
    private static final int MAX_ROW_BYTES = 60;

    @TempDir
    Path folder;

    private List<RowReader.Row> read(String name, byte[] content) throws IOException {
        Path file = Files.write(folder.resolve(name), content);
        List<RowReader.Row> rows = new ArrayList<>();
        try (CsvRows reader = CsvRows.open(file.toUri().toString(), MAX_ROW_BYTES, 5, new Configuration(false))) {
            for (RowReader.Row row = reader.read(); row != null; row = reader.read()) {
                rows.add(row);
            }
        }
        return rows;
    }

    private List<String> json(String name, String content) throws IOException {
        return read(name, content.getBytes(StandardCharsets.UTF_8)).stream()
                .map(row -> row.location().index() + ":" + row.location().line() + " "
                        + new String(row.bytes(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void valuesMayBeQuotedWithSeparatorsLinesAndQuotesInThem() throws IOException {
        assertThat(json("a.csv", "\uFEFFsrc,tgt\r\na,\"b,\r\nc \"\"d\"\"\"\r\n\r\n\"\",x\n衣\t,\n,\\ \"\n"))
                .containsExactly(
                        "5:2 {\"src\":\"a\",\"tgt\":\"b,\\r\\nc \\\"d\\\"\"}",
                        "6:5 {\"src\":\"\",\"tgt\":\"x\"}",
                        "7:6 {\"src\":\"衣\\t\"}",
                        "8:7 {\"tgt\":\"\\\\ \\\"\"}");
        assertThat(json("a.tsv", "src\ttgt\na,b\tc")).containsExactly("5:2 {\"src\":\"a,b\",\"tgt\":\"c\"}");
        assertThat(json("empty.csv", "")).isEmpty();
        assertThat(json("header.csv", "a,b\n \n")).isEmpty();
    }

    @Test
    void aRecordThatDoesNotFitTheHeaderSaysSo() throws IOException {
        assertThat(json("a.csv", "a,b\n1\n1,2,3\n\"1\" x,2\n1,\"2\n"))
                .containsExactly(
                        "5:2 [\"the record has 1 values and the header 2 names\",\"1\\n\"]",
                        "6:3 [\"the record has 3 values and the header 2 names\",\"1,2,3\\n\"]",
                        "7:4 [\"something follows the closing quote of value 1\",\"\\\"1\\\" x,2\\n\"]",
                        "8:5 [\"a quote that opens in the record at line 5 is never closed\",\"1,\\\"2\\n\"]");
        assertThatThrownBy(() -> json("twice.csv", "a,b,a\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("twice.csv names column 3 \"a\"");
    }

    @Test
    void aHeaderThatCannotBeReadIsRefusedAndManyValuesAreBounded() throws IOException {
        assertThatThrownBy(() -> json("open.csv", "a,\"b\n1,2\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("open.csv cannot be read: a quote that opens");
        assertThatThrownBy(() -> json("long.csv", "a".repeat(MAX_ROW_BYTES + 1) + "\n1\n"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("max_row_bytes is 60");
        List<RowReader.Row> rows =
                read("commas.csv", ("a,b\n" + ",".repeat(3_000_000) + "\n1,2\n").getBytes(StandardCharsets.UTF_8));
        assertThat(rows.get(0).length()).isEqualTo(3_000_001);
        assertThat(new String(rows.get(1).bytes(), StandardCharsets.UTF_8)).isEqualTo("{\"a\":\"1\",\"b\":\"2\"}");
    }

    @Test
    void aRecordThatIsTooLongIsNotHeldAndBytesThatAreNoTextStay() throws IOException {
        byte[] content = ("a\n" + "x".repeat(100_000) + "\n?\n").getBytes(StandardCharsets.UTF_8);
        content[content.length - 2] = (byte) 0xFF;
        List<RowReader.Row> rows = read("a.csv", content);
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).length()).isEqualTo(100_001);
        assertThat(rows.get(0).bytes()).hasSize(2048);
        assertThat(rows.get(1).bytes()).isEqualTo(new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xFF, '"', '}'});
    }
}
