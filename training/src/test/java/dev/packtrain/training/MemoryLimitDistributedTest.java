package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model whose state does not fit the memory that a process may have trains in two with ZeRO's stage 3, and in one with its
 * state on disk.
 *
 * <p>The limit is the system's own on private memory, heap and native ({@code RLIMIT_DATA}, see {@code setrlimit(2)}): what
 * a process of the same kind takes on as many ranks for a model of next to nothing, and 13 bytes a parameter. Whole state is 16 in fp32; half of it
 * with weights, gradients and sums of a few blocks, which stage 3 needs for a model of any depth, is 12 for this shallow one.
 */
class MemoryLimitDistributedTest {
    private static final long KIB = 1024;
    private static final long BYTES_A_PARAMETER = 13;
    /** In fp32 the weights are 4. */
    private static final long BYTES_A_PARAMETER_OFFLOADED = 3;

    /** Of the model below, within a thousandth: 12 blocks of 4 · 512² + 3 · 512 · 1152, head and embedding of 64 · 512. */
    private static final long PARAMETERS = 12L * (3 * 512 * 512 + 512 * 512 + 3 * 512 * 1152) + 2 * 64 * 512;

    @TempDir
    Path dir;

    private int runs;

    private record Run(boolean succeeded, List<Double> losses, long privateKib, long peakKib, String text) {}

    @Test
    void whatDoesNotFitOneProcessTrainsSpreadOrOffloaded() throws Exception {
        Run nothing = run(1, 8, Sharding.NONE, Offload.NONE, 0, 1).get(0);
        long limit = limit(nothing);
        Run free = run(12, 512, Sharding.NONE, Offload.NONE, 0, 1).get(0);
        assertThat(free.succeeded()).as(free.text()).isTrue();
        assertThat(free.privateKib()).as("it needs more than the limit").isGreaterThan(limit);

        Run whole = run(12, 512, Sharding.NONE, Offload.NONE, limit, 1).get(0);
        assertThat(whole.succeeded()).isFalse();
        assertThat(whole.text()).containsIgnoringCase("memory");

        long limitOfTwo = limit(run(1, 8, Sharding.STAGE3, Offload.NONE, 0, 2).get(0));
        assertThat(limitOfTwo).as("a rank of two may have about as much").isLessThan(free.privateKib());
        for (Run rank : run(12, 512, Sharding.STAGE3, Offload.NONE, limitOfTwo, 2)) {
            trainsAs(free, rank);
        }
        // Less than the weights alone: each part is read, put into its files and let go before the next.
        long belowWeights = nothing.privateKib() + PARAMETERS * BYTES_A_PARAMETER_OFFLOADED / KIB;
        Run offloaded =
                run(12, 512, Sharding.STAGE3, Offload.DISK, belowWeights, 1).get(0);
        trainsAs(free, offloaded);
        // Neither do the files stay in this process's memory: they are mapped a bucket at a time.
        assertThat(offloaded.peakKib()).isLessThan(nothing.peakKib() + PARAMETERS * BYTES_A_PARAMETER / KIB);
    }

    private static long limit(Run nothing) {
        assertThat(nothing.succeeded()).as(nothing.text()).isTrue();
        return nothing.privateKib() + PARAMETERS * BYTES_A_PARAMETER / KIB;
    }

    private static void trainsAs(Run expected, Run run) {
        assertThat(run.succeeded()).as(run.text()).isTrue();
        assertThat(run.losses()).hasSameSizeAs(expected.losses());
        for (int step = 0; step < run.losses().size(); step++) {
            assertThat(run.losses().get(step) / expected.losses().get(step)).isCloseTo(1, within(1e-5));
        }
    }

    private List<Run> run(int layers, int width, Sharding stage, Offload offload, long limitKib, int ranks)
            throws IOException, InterruptedException {
        Path run = Files.createDirectory(dir.resolve("run-" + runs++));
        Path config = run.resolve("config.json");
        Files.writeString(
                config,
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
                 "hidden_size": %d, "intermediate_size": %d, "num_hidden_layers": %d,
                 "num_attention_heads": 4, "num_key_value_heads": 4, "rms_norm_eps": 1e-5, "vocab_size": 64,
                 "rope_theta": 10000.0, "tie_word_embeddings": false, "max_position_embeddings": 64}
                """
                        .formatted(width, width * 9 / 4, layers));
        List<Process> processes = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            Path offloadDir = Files.createDirectory(run.resolve("offload-" + rank));
            processes.add(start(
                    run,
                    limitKib,
                    List.of(
                            config.toString(),
                            stage.name(),
                            offload.name(),
                            Integer.toString(rank),
                            Integer.toString(ranks),
                            run.resolve("port").toString(),
                            offloadDir.toString())));
        }
        List<Run> results = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            Process process = processes.get(rank);
            try {
                assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            results.add(result(process.exitValue(), Files.readString(run.resolve("text-" + rank))));
        }
        return results;
    }

    private static Process start(Path run, long limitKib, List<String> arguments) throws IOException {
        String limit = limitKib == 0 ? "" : "ulimit -d " + limitKib + " && ";
        ProcessBuilder builder = ChildJvm.of("64m", LimitedTraining.class, arguments.toArray())
                .with("-Xms64m", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + run.resolve("hs_err.log"))
                .with("-Dorg.bytedeco.javacpp.maxBytes=0", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
                .under(List.of("bash", "-c", limit + "exec \"$@\"", "bash"))
                .builder();
        // Tensors of a large model are mapped and given back one by one; glibc would keep those of this one in its
        // heap.
        builder.environment().put("MALLOC_MMAP_THRESHOLD_", "1048576");
        return builder.redirectErrorStream(true)
                .redirectOutput(run.resolve("text-" + arguments.get(3)).toFile())
                .start();
    }

    private static Run result(int exit, String text) {
        List<Double> losses = text.lines()
                .filter(line -> line.startsWith("loss "))
                .map(line -> Double.parseDouble(line.substring(5)))
                .toList();
        return new Run(exit == 0, losses, kib(text, "VmData"), kib(text, "VmHWM"), text);
    }

    private static long kib(String text, String field) {
        return text.lines()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .max()
                .orElse(0);
    }
}
