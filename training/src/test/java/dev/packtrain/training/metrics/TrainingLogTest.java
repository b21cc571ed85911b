package dev.packtrain.training.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.options.LoggingOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLogTest {
    @TempDir
    Path dir;

    @Test
    void theLossIsTheMeanOfTheStepsLosses() {
        StepFigures first = new StepFigures(10, 5, 80, 100, 1, 0.1, 2, Map.of());
        StepFigures second = new StepFigures(12, 3, 90, 100, 3, 0.2, 2, Map.of());
        Map<String, Double> values = LogWindow.EMPTY.plus(first).plus(second).toRecord(2, 0.5, second, 1 << 20);
        assertThat(values)
                .containsEntry("step", 2.0)
                .containsEntry("epoch", 0.5)
                .containsEntry("loss", 3.0)
                .containsEntry("learning_rate", 0.2)
                .containsEntry("grad_norm", 3.0)
                .containsEntry("label_tokens", 8.0)
                .containsEntry("label_tokens_per_second", 2.0)
                .containsEntry("tokens_per_second", 42.5)
                .containsEntry("step_seconds", 2.0)
                .containsEntry("memory_rss_bytes", 1048576.0);
        assertThat(values.get("padding_ratio")).isEqualTo(1 - 170.0 / 200);
    }

    @Test
    void resumingDropsLaterRecordsAndATornLine() throws IOException {
        MetricsFile file = new MetricsFile(dir, 0);
        for (int step = 1; step <= 3; step++) {
            file.append(Map.of("step", (double) step));
        }
        Path path = dir.resolve(MetricsFile.NAME);
        Files.writeString(path, Files.readString(path) + "{\"step\":4,\"lo");
        new MetricsFile(dir, 2).append(Map.of("step", 3.0));
        assertThat(Files.readAllLines(path)).containsExactly("{\"step\":1}", "{\"step\":2}", "{\"step\":3}");
        MetricsFile anew = new MetricsFile(dir, 0);
        assertThat(anew).isNotNull();
        assertThat(path).isEmptyFile();
    }

    @Test
    void resumingPutsANewFileInTheOldOnesPlaceSoAKillLosesNoLine() throws IOException {
        MetricsFile file = new MetricsFile(dir, 0);
        for (int step = 1; step <= 3; step++) {
            file.append(Map.of("step", (double) step));
        }
        Path old = Files.createLink(dir.resolve("old"), dir.resolve(MetricsFile.NAME));
        new MetricsFile(dir, 1).append(Map.of("step", 2.5));
        assertThat(old).content().hasLineCount(3);
        assertThat(dir).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void linesThatACrashHasLeftAreNoReasonNotToResume() throws IOException {
        Path path = dir.resolve(MetricsFile.NAME);
        byte[] blockOfZeros = new byte[512];
        Files.writeString(path, "{\"step\":1}\nnot a record\n");
        Files.write(path, blockOfZeros, StandardOpenOption.APPEND);
        Files.write(path, new byte[] {(byte) 0xff, '\n'}, StandardOpenOption.APPEND);
        Files.writeString(path, "{\"step\":2}\n", StandardOpenOption.APPEND);
        new MetricsFile(dir, 2).append(Map.of("step", 3.0));
        assertThat(Files.readAllLines(path)).containsExactly("{\"step\":1}", "{\"step\":2}", "{\"step\":3}");
    }

    @Test
    void aRecordKeepsEveryBitOfTheLoss() throws IOException {
        new MetricsFile(dir, 0).append(Map.of("loss", 0.1 + 0.2));
        new MetricsFile(dir.resolve("."), 0).append(Map.of("loss", 3.0));
        assertThat(Files.readString(dir.resolve(MetricsFile.NAME))).isEqualTo("{\"loss\":3.0}\n");
    }

    @Test
    void eventFilesAreFramedRecords() throws IOException {
        try (TrainingLog log = new TrainingLog(dir, new LoggingOptions(1, true), 7)) {
            log.append(8, Map.of("step", 8.0, "loss", 1.5));
        }
        List<byte[]> records = records(eventFile());
        assertThat(records).hasSize(3);
        assertThat(new String(records.get(0), StandardCharsets.US_ASCII)).endsWith("brain.Event:2");
        // step 8, session log START: TensorBoard forgets what came after step 7.
        assertThat(afterWallTime(records.get(1))).isEqualTo("1008" + "3a02" + "0801");
        // step 8, summary, one value with tag "train/loss" and simple_value 1.5.
        assertThat(afterWallTime(records.get(2)))
                .isEqualTo("1008" + "2a13" + "0a11" + "0a0a" + hex("train/loss") + "15" + "0000c03f");
    }

    @Test
    void theChecksumIsMaskedCrc32c() throws IOException {
        try (TrainingLog log = new TrainingLog(dir, new LoggingOptions(1, true), 0)) {
            assertThat(log).isNotNull();
        }
        byte[] bytes = Files.readAllBytes(eventFile());
        // The first record is always 24 bytes long; the checksum of that length is TensorFlow's.
        assertThat(HexFormat.of().formatHex(bytes, 0, 12)).isEqualTo("1800000000000000a37f4b22");
    }

    private Path eventFile() throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve("runs"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private static List<byte[]> records(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] data = new byte[(int) in.getLong()];
            in.getInt();
            in.get(data);
            in.getInt();
            records.add(data);
        }
        return records;
    }

    private static String afterWallTime(byte[] event) {
        return HexFormat.of().formatHex(event, 9, event.length);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }
}
