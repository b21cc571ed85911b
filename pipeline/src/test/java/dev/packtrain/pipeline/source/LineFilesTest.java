package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.LocalSpark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups as tasks read them. */
class LineFilesTest {
    private static final int MAX_ROW_BYTES = 1000;
    private static final int MARK_BYTES = 64;

    @TempDir
    Path folder;

    private static List<List<String>> texts(JavaRDD<RowReader.Row> groups) {
        return groups.map(row -> row.location() + " " + new String(row.bytes(), StandardCharsets.UTF_8))
                .glom()
                .collect();
    }

    private LineFiles input(JavaSparkContext spark, List<Path> files, int sliceBytes) throws IOException {
        List<FileSlice> slices = new ArrayList<>();
        for (Path file : files) {
            for (long start = 0; start < Files.size(file); start += sliceBytes) {
                long end = Math.min(Files.size(file), start + sliceBytes);
                slices.add(new FileSlice(file.toUri().toString(), file.toString(), start, end, List.of()));
            }
        }
        return LineFiles.of(
                spark,
                files.stream().map(Path::toString).toList(),
                slices,
                MAX_ROW_BYTES,
                MARK_BYTES,
                (done, total) -> {});
    }

    private Path file(String name, int numRows) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                IntStream.range(0, numRows)
                        .mapToObj(i -> "row " + "x".repeat(i % 50) + (i % 7 == 0 ? "\n\n" : "\n"))
                        .collect(Collectors.joining()));
    }

    @Test
    void groupsAreTheSameForAnySlicesAndWithAShuffleOfRowsFromAnyPartitions() throws IOException {
        List<Path> files = List.of(file("a.json", 200), file("b.json", 1), file("c.json", 150));
        GroupBounds bounds = new GroupBounds(40, 1000);
        try (SparkSession session = LocalSpark.start("local[2]")) {
            JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
            LineFiles whole = input(spark, files, 1 << 20);
            List<List<String>> groups = texts(whole.groups(spark, bounds));
            LineFiles cut = input(spark, files, 500);
            assertThat(texts(cut.groups(spark, bounds))).isEqualTo(groups);

            long[] firstRows = new long[groups.size()];
            for (int g = 1; g < firstRows.length; g++) {
                firstRows[g] = firstRows[g - 1] + groups.get(g - 1).size();
            }
            assertThat(firstRows[firstRows.length - 1]
                            + groups.get(groups.size() - 1).size())
                    .isEqualTo(351);
            JavaRDD<RowReader.Row> scattered = cut.rows(spark).repartition(5);
            assertThat(texts(ShuffledGroups.of(scattered, firstRows))).isEqualTo(groups);
        }
    }

    @Test
    void theDriverHoldsABoundedNumberOfMarks() {
        assertThat(LineFiles.markBytes(1)).isEqualTo(256 << 10);
        assertThat(LineFiles.markBytes(1L << 41)).isEqualTo(256 << 10);
        assertThat(LineFiles.markBytes(44_000_000_000_000L)).isEqualTo(8 << 20);
    }

    @Test
    void groupsOfLargeRowsAreBoundedInBytes() throws IOException {
        Path file = Files.writeString(folder.resolve("large.json"), ("y".repeat(299) + "\n").repeat(50));
        try (SparkSession session = LocalSpark.start("local[2]")) {
            JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
            List<List<String>> groups =
                    texts(input(spark, List.of(file), 4000).groups(spark, new GroupBounds(1000, 1500)));
            assertThat(groups.stream().mapToInt(List::size).sum()).isEqualTo(50);
            // 1500 bytes, and at most a mark and a row more.
            assertThat(groups).allSatisfy(group -> assertThat(group).hasSizeBetween(1, 6));
        }
    }
}
