package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.Packtrain;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.exit.Scratch;
import dev.packtrain.jobs.launch.CpuShare;
import dev.packtrain.jobs.launch.RankPlan;
import dev.packtrain.jobs.launch.TrainerCommand;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.DecoderConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures what a checkpoint costs while training goes on: how long the step stands still, how long until the checkpoint is
 * complete on the disk, and what both take from training in all; beside it the disk's own speed, of the same bytes written
 * plainly in the same run. A Llama of 8 layers, fp32 with AdamW. The same state as {@code docs/benchmarks/peer_checkpoint.py}.
 */
@Command(
        name = "checkpoint",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times asynchronous checkpoints of an 8-layer Llama in fp32 with AdamW, while it trains.")
final class BenchCheckpoint implements Callable<Integer> {
    private static final int HEAD_DIM = 64;
    private static final int VOCAB_SIZE = 8000;
    private static final int TOKENS = 256;
    private static final int WRITE_BYTES = 8 << 20;
    private static final double NANOS = 1e9;

    @Option(
            names = "--hidden_size",
            defaultValue = "1280",
            description = "of the model, a multiple of 64; default: ${DEFAULT-VALUE}, 179 million parameters")
    private int hiddenSize;

    @Option(names = "--rounds", defaultValue = "5", description = "checkpoints; default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(
            names = "--work_dir",
            required = true,
            paramLabel = "DIR",
            description = "where checkpoints go for the time")
    private Path workDir;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Option(names = "--in_this_process", hidden = true)
    private boolean inThisProcess;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (hiddenSize < HEAD_DIM || hiddenSize % HEAD_DIM != 0 || rounds < 1) {
            throw new BadInputException(
                    "--hidden_size is %d and --rounds %d; give a multiple of %d, and at least 1 round."
                            .formatted(hiddenSize, rounds, HEAD_DIM));
        }
        if (inThisProcess) {
            return measure();
        }
        try (Scratch dir = Scratch.below(workDir, BenchCommand.FOLDER_PREFIX)) {
            return inProcessOfItsOwn(dir.path());
        }
    }

    /** With the options that a rank of a training job gets: they decide about speed and memory. */
    private int inProcessOfItsOwn(Path dir) throws IOException, InterruptedException {
        RankPlan.Child child = new RankPlan.Child(Packtrain.class.getName(), TrainLaunch.DEFAULT_HEAP, numThreads);
        Path logDir = Path.of(System.getProperty("java.io.tmpdir"));
        ProcessBuilder builder =
                TrainerCommand.of(child, CpuShare.alone(numThreads), logDir).inheritIO();
        builder.command().addAll(List.of("bench", "checkpoint", "--in_this_process"));
        builder.command().addAll(List.of("--hidden_size", Integer.toString(hiddenSize)));
        builder.command().addAll(List.of("--rounds", Integer.toString(rounds)));
        builder.command().addAll(List.of("--num_threads", Integer.toString(numThreads)));
        builder.command().addAll(List.of("--work_dir", dir.toAbsolutePath().toString()));
        if (json != null) {
            builder.command().addAll(List.of("--json", json.toAbsolutePath().toString()));
        }
        return Children.run(builder);
    }

    private int measure() throws IOException, InterruptedException {
        TorchRuntime.start(numThreads);
        TimedCheckpoints timed = TimedCheckpoints.run(config(), TOKENS, rounds, workDir);
        double plain = plainSeconds(workDir, timed.bytes());
        new BenchFigures()
                .put("parameters", timed.parameters())
                .put("checkpoint_bytes", timed.bytes())
                .put("rounds", rounds)
                .put("threads", numThreads)
                .put("pause_seconds", timed.pauseSeconds())
                .put("complete_seconds", timed.completeSeconds())
                .put("written_gb_per_second", timed.bytes() / timed.completeSeconds() / 1e9)
                .put("plain_write_gb_per_second", timed.bytes() / plain / 1e9)
                .put("step_seconds", timed.stepSeconds())
                .put("cost_seconds", timed.costSeconds())
                .report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    private DecoderConfig config() {
        int heads = hiddenSize / HEAD_DIM;
        return new DecoderConfig(
                VOCAB_SIZE,
                hiddenSize,
                hiddenSize * 27 / 10 / HEAD_DIM * HEAD_DIM,
                8,
                heads,
                heads,
                HEAD_DIM,
                1e-6,
                10_000,
                false,
                TOKENS,
                0.02,
                null);
    }

    /** One file of so many bytes, written and forced to the disk: no format, no hash, no copy. */
    private static double plainSeconds(Path dir, long numBytes) throws IOException {
        Path file = dir.resolve("plain");
        ByteBuffer block = ByteBuffer.allocateDirect(WRITE_BYTES);
        long start = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = numBytes; left > 0; ) {
                block.clear().limit((int) Math.min(left, WRITE_BYTES));
                left -= channel.write(block);
            }
            channel.force(true);
        }
        return (System.nanoTime() - start) / NANOS;
    }
}
