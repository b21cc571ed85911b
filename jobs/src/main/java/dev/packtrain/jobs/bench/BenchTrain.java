package dev.packtrain.jobs.bench;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.Trainer;
import dev.packtrain.training.TrainerListener;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.SingleProcessGroup;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times whole training steps of one process (forward, backward, clipping, AdamW) on one pack of equally long documents:
 * Llama with hidden size 512, 8 layers, 8 heads of 64, SwiGLU 1408, untied head. The same as
 * {@code docs/benchmarks/peer_transformers_step.py}.
 */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times training steps of a 8-layer, 512-wide Llama on one pack.")
final class BenchTrain implements Callable<Integer> {
    @Option(names = "--vocab_size", defaultValue = "8000", description = "default: ${DEFAULT-VALUE}")
    private int vocabSize;

    @Option(
            names = "--max_length",
            defaultValue = "2048",
            description = "tokens of the pack; default: ${DEFAULT-VALUE}")
    private int maxLength;

    @Option(names = "--documents", defaultValue = "16", description = "in the pack; default: ${DEFAULT-VALUE}")
    private int documents;

    @Option(names = "--bf16", description = "bfloat16 weights and activations, fp32 master weights")
    private boolean bf16;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--warmup", defaultValue = "2", description = "steps not counted; default: ${DEFAULT-VALUE}")
    private int warmup;

    @Option(names = "--steps", defaultValue = "5", description = "steps counted; default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        TorchRuntime.start(numThreads);
        TrainingOptions options = options();
        double[] seconds = new double[steps];
        StepPlan plan = new StepPlan(1, options.batch(), 1);
        try (Decoder model = Decoder.fromScratch(
                        config(), 42, bf16 ? ScalarType.BFloat16 : ScalarType.Float, ComputeDevice.CPU);
                Trainer trainer = new Trainer(model, options, plan, new SingleProcessGroup())) {
            TrainerState start =
                    TrainerState.start(new RunIdentity("bench", 42, 1, options.precision()), plan.totalSteps(), 1);
            trainer.run(start, onePack(), new Timings(seconds));
        }
        double median = BenchFigures.median(seconds);
        new BenchFigures()
                .put("dtype", bf16 ? "bf16" : "fp32")
                .put("vocab_size", vocabSize)
                .put("max_length", maxLength)
                .put("documents", documents)
                .put("threads", numThreads)
                .put("tokens_per_second", maxLength / documents * documents / median)
                .put("step_seconds", median)
                .put("peak_rss_bytes", peakRssBytes())
                .report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    private DecoderConfig config() {
        return new DecoderConfig(vocabSize, 512, 1408, 8, 8, 8, 64, 1e-6, 10_000, false, maxLength, 0.02, null);
    }

    private TrainingOptions options() {
        return new TrainingOptions(
                new ModelOptions(null, "bench", Map.of()),
                new BatchOptions(1, 1, warmup + steps, 1, 42),
                new OptimizerOptions(1e-4, 0.01, 0.9, 0.999, 1e-8, 1.0, false),
                new ScheduleOptions(ScheduleOptions.Type.CONSTANT, 0, 0),
                bf16 ? Precision.BF16 : Precision.FP32,
                new SavingOptions(0, 0, "", false),
                new LoggingOptions(Integer.MAX_VALUE, false));
    }

    /** Random ids; the first half of every document is its source. */
    private PackSource onePack() {
        Random random = new Random(42);
        int length = maxLength / documents;
        List<TokenizedExample> examples = new ArrayList<>();
        for (int document = 0; document < documents; document++) {
            int[] ids = random.ints(length, 0, vocabSize).toArray();
            int[] labels = ids.clone();
            Arrays.fill(labels, 0, length / 2, TokenizedExample.IGNORE_INDEX);
            examples.add(new TokenizedExample(document, ids, labels));
        }
        PackedSequence pack = PackedSequence.of(new Pack(examples), maxLength);
        return new PackSource() {
            @Override
            public int numPacks() {
                return 1;
            }

            @Override
            public PackedSequence get(int index) {
                return pack;
            }
        };
    }

    /** The most memory this process ever had, as the kernel counts it. */
    private static long peakRssBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/status has no VmHWM"));
    }

    /** Keeps the seconds of the steps after the warm-up. */
    private final class Timings implements TrainerListener {
        private final double[] seconds;

        Timings(double[] seconds) {
            this.seconds = seconds;
        }

        @Override
        public void stepDone(TrainerState state, StepFigures figures) {
            if (state.step() > warmup) {
                seconds[state.step() - warmup - 1] = figures.seconds();
            }
        }

        @Override
        public void logDue(TrainerState state, StepFigures figures) {}

        @Override
        public void checkpointDue(TrainerState state) {}
    }
}
