package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.model.TinyFamilies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that each load their part of one Hugging Face directory. */
class TensorParallelDistributedTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    @Test
    void twoProcessesAreOneModel() throws Exception {
        TorchRuntime.start(1);
        DecoderConfig config =
                TinyFamilies.untied(TinyFamilies.all().skip(2).findFirst().orElseThrow());
        double loss;
        String tokens;
        try (Decoder whole = Decoder.fromScratch(config, 7, ScalarType.Float, ComputeDevice.CPU)) {
            HuggingFaceModel.save(dir, config, whole.parameters(), new SpecialTokens(List.of(1), null, null));
            loss = whole.evaluate(TensorRankMain.pack(config)).sum();
            tokens = Arrays.toString(TensorRankMain.generate(whole));
        }
        List<List<String>> lines = new ArrayList<>();
        try (RankStore store = RankStore.listen(TensorRankMain.HOST, DEADLINE)) {
            List<Process> processes = new ArrayList<>();
            for (int rank = 0; rank < TensorRankMain.DEGREE; rank++) {
                processes.add(start(rank, store.port(), dir));
            }
            for (Process process : processes) {
                lines.add(process.inputReader(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.endsWith("]"))
                        .toList());
                assertThat(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(process.exitValue()).isZero();
            }
        }
        assertThat(lines.get(1))
                .as("both ranks say the same loss, bit for bit, and the same tokens")
                .extracting(TensorParallelDistributedTest::withoutError)
                .isEqualTo(lines.get(0).stream()
                        .map(TensorParallelDistributedTest::withoutError)
                        .toList());
        for (List<String> ofRank : lines) {
            assertThat(ofRank).as("with and without sequence parallelism").hasSize(2);
            for (String result : ofRank) {
                String[] words = result.split(" ", 3);
                assertThat(Double.parseDouble(words[0])).isCloseTo(loss, within(1e-5 * loss));
                assertThat(Double.parseDouble(words[1])).isLessThan(1e-5);
                assertThat(words[2]).isEqualTo(tokens);
            }
        }
    }

    private static String withoutError(String line) {
        return line.replaceFirst(" \\S+", "");
    }

    private static Process start(int rank, int port, Path model) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.openblas.load=mkl",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                TensorRankMain.class.getName(),
                Integer.toString(rank),
                Integer.toString(port),
                model.toString());
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        return builder.start();
    }
}
