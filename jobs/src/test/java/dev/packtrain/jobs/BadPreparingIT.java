package dev.packtrain.jobs;

import static dev.packtrain.jobs.PacktrainRun.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Manifest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees after a mistake in what is to be prepared: exit status 2, one sentence, nothing left behind. */
class BadPreparingIT {
    private static final int LARGE_ROW_BYTES = 50 << 20;

    @TempDir
    static Path shared;

    private static GoodData good;

    @TempDir
    Path dir;

    @BeforeAll
    static void prepareGoodData() throws IOException {
        good = GoodData.in(shared);
    }

    private static void assertNothingIn(Path output) throws IOException {
        if (Files.exists(output)) {
            try (Stream<Path> children = Files.list(output)) {
                assertThat(children).isEmpty();
            }
        }
    }

    @Test
    void badRowsAreSetAsideAndNamedWhileGoodOnesArePrepared() throws IOException {
        Path mixed = dir.resolve("mixed.jsonl");
        try (OutputStream file = Files.newOutputStream(mixed)) {
            file.write(Files.readAllBytes(good.rows()));
            line(file, "{\"src\": \"a\", \"tgt\":");
            line(file, "{\"src\": \"a\"}");
            line(file, "{\"src\": 5, \"tgt\": \"b\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"\"}");
            file.write(new byte[] {'{', '"', 's', 'r', 'c', '"', ':', '"', (byte) 0xC3, '(', '"', '}', '\n'});
            line(file, "{\"src\": \"a\", \"tgt\": \"b\u0000c\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"" + "x".repeat(LARGE_ROW_BYTES) + "\"}");
            line(file, "{\"src\": \"a\", \"tgt\": \"" + "long ".repeat(2000) + "\"}");
        }
        Path output = dir.resolve("out");

        PacktrainRun ended = PacktrainRun.of(good.prepare(mixed, output));

        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        System.out.print(ended.out());
        assertThat(ended.out()).contains("48 read, 41 kept, 7 rejected", "see " + output + "/rejected");
        assertThat(Manifest.read(output.resolve(Manifest.FILE_NAME)).counts().rowsTruncated())
                .isPositive();
        String rejected = Files.readString(output.resolve("rejected/rejected-00001-00000.jsonl"));
        assertThat(rejected.lines()).hasSize(7).allMatch(line -> line.contains("mixed.jsonl"));
        List<String> reasons =
                List.of("malformed_json", "missing_field", "wrong_type", "empty", "invalid_utf8", "nul", "too_long");
        for (int i = 0; i < reasons.size(); i++) {
            int lineNumber = GoodData.NUM_ROWS + 1 + i;
            assertThat(rejected.lines().toList().get(i)).contains(reasons.get(i), String.valueOf(lineNumber));
        }
    }

    private static void line(OutputStream file, String text) throws IOException {
        file.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anInputWithoutRowsIsRefused() throws IOException {
        Path empty = Files.createFile(dir.resolve("empty.jsonl"));
        Path output = dir.resolve("out");
        assertThat(refused(good.prepare(empty, output)))
                .contains(empty.getFileName().toString(), "no rows");
        assertNothingIn(output);
    }

    @Test
    void anInputThatIsNotThereIsRefused() throws IOException {
        Path output = dir.resolve("out");
        assertThat(refused(good.prepare(dir.resolve("none.jsonl"), output))).contains("none.jsonl", "nothing is there");
        assertNothingIn(output);
    }

    @Test
    void anOutputBelowAFileIsRefused() {
        assertThat(refused(good.prepare(good.rows(), good.rows().resolve("below"))))
                .contains("output_dir", "rows.jsonl");
    }

    @Test
    void anOutputThatExistsIsLeftAsItIs() throws IOException {
        String before = Files.readString(good.data().resolve(Manifest.FILE_NAME));
        assertThat(refused(good.prepare(good.rows(), good.data())))
                .contains("holds a data set already", "--overwrite_output_dir");
        assertThat(Files.readString(good.data().resolve(Manifest.FILE_NAME))).isEqualTo(before);
    }

    @Test
    void anUnknownKeyIsRefusedBeforeSparkStarts() throws IOException {
        Path output = dir.resolve("out");
        assertThat(refused(good.prepare(good.rows(), output, "--max_lenght", "5")))
                .contains("did you mean --max_length?");
        assertThat(output).doesNotExist();
    }

    @Test
    void anOutputThatAnotherJobWritesIsRefusedAtOnce() throws IOException {
        Path output = Files.createDirectories(dir.resolve("out"));
        Files.writeString(output.resolve("_packtrain.lock"), "another job");
        assertThat(refused(good.prepare(good.rows(), output)))
                .contains("is being written by another job (another job)");
        try (Stream<Path> children = Files.list(output)) {
            assertThat(children).containsExactly(output.resolve("_packtrain.lock"));
        }
    }
}
