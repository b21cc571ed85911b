package dev.packtrain.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.Packtrain;
import dev.packtrain.jobs.cluster.Distribution;
import dev.packtrain.jobs.cluster.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A benchmark that is ended by a signal leaves neither files nor processes. */
class BenchSignalTest {
    private static final int SIGTERM_STATUS = 143;

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scaling --layouts dp --steps 1000000 --num_hidden_layers 1",
                "collectives --rounds 1000000",
                "train --steps 1000000 --num_hidden_layers 1",
                "train --steps 1000000 --num_hidden_layers 1 --offload_disk WORK --peft {\"lora\":true}",
                "checkpoint --hidden_size 64 --rounds 1000000 --work_dir WORK"
            })
    void ofOtherProcesses(String command) throws Exception {
        Path temporary = Files.createDirectory(dir.resolve("tmp"));
        Path work = Files.createDirectory(dir.resolve("work"));
        Process bench = start(temporary, command.replace("WORK", work.toString()));
        try {
            until(bench, () -> bench.descendants().anyMatch(BenchSignalTest::isBusy));
            List<ProcessHandle> children = bench.descendants().toList();
            end(bench);
            assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
            assertThat(temporary).isEmptyDirectory();
            assertThat(work).isEmptyDirectory();
        } finally {
            kill(bench);
        }
    }

    /** With Spark inside, while it writes; the training processes are Spark's tasks'. */
    @ParameterizedTest
    @ValueSource(strings = {"prepare --rows 20000", "peft --rows 300 --base_epochs 1000000 --methods LoRA"})
    void ofSpark(String command) throws Exception {
        Path temporary = Files.createDirectory(dir.resolve("tmp"));
        Process bench = start(temporary, command);
        try {
            String last = command.startsWith("peft") ? "base" : "tokenizer";
            until(bench, () -> Files.exists(benchFolder(temporary).resolve(last)));
            List<ProcessHandle> children = bench.descendants().toList();
            end(bench);
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(temporary).isEmptyDirectory();
        } finally {
            kill(bench);
        }
    }

    private Process start(Path temporary, String command) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(words::add);
        words.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path"), Packtrain.class.getName()));
        words.add("bench");
        words.addAll(List.of(command.split(" ")));
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.redirectOutput(dir.resolve("log").toFile());
        // Of its children too.
        builder.environment().put("JAVA_TOOL_OPTIONS", Distribution.childOptions(temporary));
        return builder.start();
    }

    /** Has begun to compute. */
    private static boolean isBusy(ProcessHandle process) {
        return process.info()
                .totalCpuDuration()
                .filter(time -> time.toSeconds() >= 2)
                .isPresent();
    }

    private static Path benchFolder(Path temporary) {
        try (Stream<Path> all = Files.list(temporary)) {
            return all.filter(path -> path.getFileName().toString().startsWith("packtrain-bench-"))
                    .findFirst()
                    .orElse(temporary);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private void until(Process bench, BooleanSupplier condition) throws Exception {
        Eventually.holds(() -> !bench.isAlive() || condition.getAsBoolean(), () -> "it does not come so far");
        assertThat(bench.isAlive()).as(Files.readString(dir.resolve("log"))).isTrue();
    }

    private static void end(Process bench) throws InterruptedException {
        bench.destroy();
        assertThat(bench.waitFor(Eventually.HANG_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isEqualTo(SIGTERM_STATUS);
    }

    private static void kill(Process bench) {
        List<ProcessHandle> all = bench.descendants().toList();
        bench.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        bench.onExit().join();
    }
}
