package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.hadoop.conf.Configuration;

/** Groups are placed from counts and read from marks; here they meet. */
class GroupPropertyTest {
    private static final int MAX_ROW_BYTES = 6;

    private final Configuration conf = new Configuration(false);

    @Provide
    Arbitrary<List<String>> files() {
        return Arbitraries.of(
                        "a", "bc", " ", "\t", "\n", "\r\n", "\n\n", "x\ny\n", "衣", "abcdefgh", "abcdefghijklmnop\n")
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts))
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    @Property(tries = 300)
    void groupsHoldAllRowsInOrderWhateverTheSlices(
            @ForAll("files") List<String> contents,
            @ForAll @IntRange(min = 1, max = 25) int sliceBytes,
            @ForAll @IntRange(min = 4, max = 9) int markBytes,
            @ForAll @IntRange(min = 1, max = 7) int maxRows,
            @ForAll @IntRange(min = 1, max = 60) int maxBytes)
            throws IOException {
        Path folder = Files.createTempDirectory("groups");
        try {
            List<Path> files = write(folder, contents);
            GroupBounds bounds = new GroupBounds(maxRows, maxBytes);
            List<String> all = read(files, 1 << 20, markBytes, new GroupBounds(1 << 20, 1 << 20)).stream()
                    .flatMap(List::stream)
                    .toList();
            List<List<String>> groups = read(files, sliceBytes, markBytes, bounds);
            assertThat(groups.stream().flatMap(List::stream).toList()).isEqualTo(all);
            assertThat(groups).isEqualTo(read(files, 1 << 20, markBytes, bounds));
            assertThat(groups)
                    .allSatisfy(group -> assertThat(group).isNotEmpty().hasSizeLessThanOrEqualTo(maxRows));
            assertThat(all).hasSize((int) expectedRows(contents));
        } finally {
            try (Stream<Path> entries = Files.walk(folder)) {
                for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(entry);
                }
            }
        }
    }

    private static long expectedRows(List<String> contents) {
        return contents.stream()
                .flatMap(String::lines)
                .filter(line -> !line.replaceAll("[ \t\r]", "").isEmpty()
                        || line.getBytes(StandardCharsets.UTF_8).length > MAX_ROW_BYTES)
                .count();
    }

    private static List<Path> write(Path folder, List<String> contents) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String content : contents) {
            files.add(Files.writeString(folder.resolve(files.size() + ".json"), content));
        }
        return files;
    }

    private List<List<String>> read(List<Path> files, int sliceBytes, int markBytes, GroupBounds bounds)
            throws IOException {
        GroupPlan plan = new GroupPlan(bounds, markBytes);
        List<FileSlice> whole = new ArrayList<>();
        long numRows = 0;
        for (Path file : files) {
            long size = Files.size(file);
            for (long start = 0; start < size; start += sliceBytes) {
                FileSlice slice = slice(file, start, Math.min(size, start + sliceBytes));
                SliceCounts counts = SliceCounts.of(slice, MAX_ROW_BYTES, markBytes, conf);
                plan.add(slice, counts);
                numRows += counts.rows();
            }
            if (size > 0) {
                whole.add(slice(file, 0, size));
            }
        }
        List<GroupPlan.Start> starts = plan.finish();
        List<List<String>> groups = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            long end = i + 1 < starts.size() ? starts.get(i + 1).firstRow() : numRows;
            groups.add(rows(new LineFiles.RowGroup(starts.get(i), end), whole));
        }
        return groups;
    }

    private static FileSlice slice(Path file, long start, long end) {
        return new FileSlice(file.toUri().toString(), file.getFileName().toString(), start, end, List.of());
    }

    private List<String> rows(LineFiles.RowGroup group, List<FileSlice> files) throws IOException {
        List<String> rows = new ArrayList<>();
        try (GroupReader reader = GroupReader.of(group, files, MAX_ROW_BYTES, conf)) {
            reader.forEachRemaining(row -> rows.add(
                    row.location() + " " + row.length() + " " + new String(row.bytes(), StandardCharsets.ISO_8859_1)));
        }
        return rows;
    }
}
