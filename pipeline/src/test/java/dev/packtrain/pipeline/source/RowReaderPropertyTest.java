package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.hadoop.conf.Configuration;

class RowReaderPropertyTest {
    private static final int MAX_ROW_BYTES = 6;
    private static final int MARK_BYTES = 4;

    private final Configuration conf = new Configuration(false);

    @Provide
    Arbitrary<List<String>> parts() {
        return Arbitraries.of("a", "bc", " ", "\t", "\n", "\r\n", "\n\n", "衣", "abcdefgh")
                .list()
                .ofMaxSize(40);
    }

    private List<String> rows(Path file, int sliceBytes) throws IOException {
        List<FileSlice> slices = new ArrayList<>();
        long size = Files.size(file);
        for (long start = 0; start < size; start += sliceBytes) {
            slices.add(
                    new FileSlice(file.toUri().toString(), "f", start, Math.min(size, start + sliceBytes), List.of()));
        }
        List<String> rows = new ArrayList<>();
        SliceNumbers numbers = new SliceNumbers(0, 1);
        for (FileSlice slice : slices) {
            try (RowReader reader = RowReader.open(slice, numbers, MAX_ROW_BYTES, conf)) {
                for (RowReader.Row row = reader.read(); row != null; row = reader.read()) {
                    rows.add(row.location() + " " + row.length() + " "
                            + new String(row.bytes(), StandardCharsets.ISO_8859_1));
                }
            }
            numbers = numbers.plus(SliceCounts.of(slice, MAX_ROW_BYTES, MARK_BYTES, conf));
        }
        return rows;
    }

    @Property(tries = 200)
    void rowsAndNumbersDoNotDependOnHowAFileIsCut(
            @ForAll("parts") List<String> parts, @ForAll @IntRange(min = 1, max = 20) int sliceBytes)
            throws IOException {
        Path file = Files.createTempFile("rows", ".json");
        try {
            String text = String.join("", parts);
            Files.writeString(file, text);
            List<String> whole = rows(file, 1 << 20);
            assertThat(rows(file, sliceBytes)).isEqualTo(whole);
            long expected = text.lines()
                    .filter(line -> !line.replaceAll("[ \t\r]", "").isEmpty()
                            || line.getBytes(StandardCharsets.UTF_8).length > MAX_ROW_BYTES)
                    .count();
            assertThat(whole).hasSize((int) expected);
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 1)
    void aCarriageReturnBeforeTheLineEndDoesNotMakeARowTooLong() throws IOException {
        assertThat(rows("abcdef\r\n      \r\nabcdefg\r\nabcde\r"))
                .containsExactly(
                        new RowLocation(0, "f", 1) + " 6 abcdef",
                        new RowLocation(1, "f", 3) + " 7 abcdef",
                        new RowLocation(2, "f", 4) + " 5 abcde");
    }

    @Property(tries = 1)
    void aByteOrderMarkIsNoPartOfTheFirstRow() throws IOException {
        assertThat(rows("\uFEFFab\n\ncd"))
                .containsExactly(new RowLocation(0, "f", 1) + " 2 ab", new RowLocation(1, "f", 3) + " 2 cd");
    }

    private List<String> rows(String text) throws IOException {
        Path file = Files.createTempFile("rows", ".json");
        try {
            Files.writeString(file, text);
            return rows(file, 1 << 20);
        } finally {
            Files.delete(file);
        }
    }
}
