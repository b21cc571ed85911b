package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.Packtrain;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.exit.Scratch;
import dev.packtrain.jobs.launch.AllocatorLibrary;
import dev.packtrain.jobs.launch.CpuShare;
import dev.packtrain.jobs.launch.RankPlan;
import dev.packtrain.jobs.launch.TrainerCommand;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.AllocatorInUse;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.options.FusedKernels;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times whole training steps of one process (forward, backward, clipping, AdamW) on one pack of equally long documents:
 * by default a Llama with hidden size 512, 8 layers, 8 heads of 64, SwiGLU 1408, always with an untied head. The same as
 * {@code docs/benchmarks/peer_transformers_step.py}. One configuration a process, because its peak memory is counted.
 *
 * <p>Beside the speed it prints the time of every part, what the same calls take with next to no arithmetic, the physical
 * limit (the step's matrix products at the speed of one large product, measured in the same run; of methods of fine-tuning
 * for plain LoRA alone) and what the memory is.
 */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times training steps of a Llama on one pack; by default 8 layers, 512 wide.")
final class BenchTrain implements Callable<Integer> {
    private static final String OFFLOAD_DISK = "--offload_disk";

    @Mixin
    private StepWork work;

    @Option(names = "--use_lowprecision_moment", description = "AdamW's moments in bfloat16")
    private boolean lowPrecisionMoments;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--device", defaultValue = "cpu", description = "cpu or cuda; default: ${DEFAULT-VALUE}")
    private String device;

    @Option(names = "--use_fused_kernels", arity = "1", paramLabel = "true|false", description = "as for train")
    private Boolean useFusedKernels;

    @Option(
            names = "--peak_tflops",
            description =
                    "what the device could do at best in this dtype, as its maker says (H200 in bf16: 989); prints"
                            + " the step's share of it, its MFU")
    private Double peakTflops;

    @Option(
            names = "--allocator",
            paramLabel = "auto|system|PATH",
            defaultValue = AllocatorLibrary.AUTO,
            description = "as for train; default: ${DEFAULT-VALUE}")
    private String allocator;

    @Option(
            names = OFFLOAD_DISK,
            paramLabel = "DIR",
            description = "sharding \"stage3 offload_disk\", with its files below this directory")
    private Path offloadDisk;

    @Option(
            names = "--peft",
            paramLabel = "JSON",
            description =
                    "train by this method instead of training all weights: its keys in a recipe, as '{\"lokr\": true, \"lokr_dim\": 8}'")
    private String peft;

    @Option(
            names = "--recompute",
            paramLabel = "none|full|full_attn|core_attn",
            defaultValue = "none",
            description = "train's recompute_granularity; default: ${DEFAULT-VALUE}")
    private String recompute;

    @Option(names = "--base_dir", hidden = true)
    private Path baseDir;

    @Option(names = "--in_this_process", hidden = true)
    private boolean inThisProcess;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        work.check();
        recompute();
        if (inThisProcess) {
            return measure();
        }
        try (Scratch scratch = offloadDisk == null
                ? Scratch.temporary(BenchCommand.FOLDER_PREFIX)
                : Scratch.below(offloadDisk, BenchCommand.FOLDER_PREFIX)) {
            List<String> folders = new ArrayList<>();
            if (offloadDisk != null) {
                Path offloaded = Files.createDirectory(scratch.path().resolve("offloaded"));
                folders.addAll(List.of(OFFLOAD_DISK, offloaded.toString()));
            }
            if (peft != null) {
                Path base = Files.createDirectory(scratch.path().resolve("base"));
                BenchMethod.model(peft, base);
                writeBase(base);
                folders.addAll(List.of("--base_dir", base.toString()));
            }
            return inProcessOfItsOwn(folders);
        }
    }

    /** Here, so that the process that is measured never holds it twice. */
    private void writeBase(Path dir) throws IOException {
        TorchRuntime.start(numThreads);
        DecoderConfig config = work.llama();
        SpecialTokens tokens = new SpecialTokens(List.of(0), null, null);
        try (Decoder base = new DecoderBuilder(config).fromScratch(42)) {
            HuggingFaceModel.save(dir, config, base.parameters(), tokens);
        }
    }

    /** With the options that a rank of a training job gets: they decide about speed and memory. */
    private int inProcessOfItsOwn(List<String> more) throws IOException, InterruptedException {
        Path logDir = Path.of(System.getProperty("java.io.tmpdir"));
        RankPlan.Child child =
                new RankPlan.Child(Packtrain.class.getName(), TrainLaunch.DEFAULT_HEAP, numThreads, allocator);
        ProcessBuilder builder =
                TrainerCommand.of(child, CpuShare.alone(numThreads), logDir).inheritIO();
        builder.command().addAll(List.of("bench", "train", "--in_this_process"));
        builder.command().addAll(arguments());
        builder.command().addAll(more);
        return Children.run(builder);
    }

    private List<String> arguments() {
        return spec.options().stream()
                .filter(option -> spec.commandLine().getParseResult().hasMatchedOption(option))
                .filter(option -> !option.longestName().equals(OFFLOAD_DISK))
                .flatMap(option -> option.arity().max() == 0
                        ? Stream.of(option.longestName())
                        : Stream.of(option.longestName(), option.getValue().toString()))
                .toList();
    }

    private int measure() throws IOException, InterruptedException {
        TorchRuntime.start(numThreads);
        computeDevice().requireUsable();
        CudaPasses.take(computeDevice(), FusedKernels.of(useFusedKernels));
        DecoderConfig config = work.llama();
        PackedSequence pack = work.pack();
        double rate = StepLimit.matmulRate(work.dtype(), computeDevice());
        TimedSteps timed = timed(config, pack);
        PeakMemory memory = PeakMemory.ofThisProcess();
        // Again: in a slow moment of the machine a limit would be one that steps exceed.
        rate = Math.max(rate, StepLimit.matmulRate(work.dtype(), computeDevice()));
        BenchFigures figures = new BenchFigures()
                .put("device", device)
                .put("dtype", work.dtypeName())
                .put("use_lowprecision_moment", lowPrecisionMoments)
                .put("offload_disk", offloadDisk != null)
                .put("recompute", recompute)
                .put("peft", peft == null ? "none" : peft)
                .put("vocab_size", work.vocabSize)
                .put("hidden_size", work.hiddenSize)
                .put("num_hidden_layers", work.numHiddenLayers)
                .put("max_length", work.maxLength)
                .put("documents", work.documents)
                .put("threads", numThreads)
                .put("allocator", AllocatorInUse.name())
                .put("tokens_per_second", pack.numTokens() / timed.seconds())
                .put("step_seconds", timed.seconds())
                .put("step_processor_seconds", timed.processorSeconds());
        if (computeDevice().kind() == ComputeDevice.Kind.CUDA) {
            DeviceMemory.peak(computeDevice()).putInto(figures);
        } else {
            // A GPU computes behind the back of the host, whose clock then says nothing about parts.
            timed.putParts(figures);
        }
        putOverhead(figures, timed);
        putLimit(figures, timed, flops(config, pack), rate);
        memory.putInto(figures);
        figures.put("weights_gradients_moments", timed.stateBytes());
        figures.report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    /** Empty for a method whose products nobody has counted. */
    private OptionalDouble flops(DecoderConfig config, PackedSequence pack) {
        if (peft == null) {
            return OptionalDouble.of(StepLimit.flops(config, pack));
        }
        OptionalInt loraRank = BenchMethod.loraRank(BenchMethod.model(peft, baseDir));
        return loraRank.isPresent()
                ? OptionalDouble.of(StepLimit.flops(config, pack, loraRank.getAsInt()))
                : OptionalDouble.empty();
    }

    private ComputeDevice computeDevice() {
        return ComputeDevice.of(device, 0);
    }

    private void putOverhead(BenchFigures figures, TimedSteps timed) throws IOException, InterruptedException {
        double overhead = overheadSeconds();
        figures.put("loader_share", timed.seconds(StepPart.LOADER) / timed.seconds())
                .put("overhead_seconds", overhead)
                .put("overhead_share", overhead / timed.seconds());
    }

    private void putLimit(BenchFigures figures, TimedSteps timed, OptionalDouble flops, double rate) {
        figures.put("matmul_gflop_per_second", rate / 1e9);
        if (flops.isPresent()) {
            double limit = flops.getAsDouble() / rate;
            figures.put("step_gflop", flops.getAsDouble() / 1e9)
                    .put("limit_seconds", limit)
                    .put("share_of_limit", limit / timed.seconds());
            if (peakTflops != null) {
                figures.put("mfu", flops.getAsDouble() / timed.seconds() / (peakTflops * 1e12));
            }
        }
    }

    private TimedSteps timed(DecoderConfig config, PackedSequence pack) throws IOException, InterruptedException {
        boolean offloads = offloadDisk != null;
        ParallelOptions parallel = new ParallelOptions(
                1,
                false,
                offloads ? Sharding.STAGE3 : Sharding.NONE,
                offloads ? ParallelOptions.ALL_RANKS : 1,
                offloads ? Offload.DISK : Offload.NONE,
                recompute());
        TimedSteps.Place place =
                offloads ? new TimedSteps.Place(computeDevice(), offloadDisk) : TimedSteps.Place.of(computeDevice());
        return TimedSteps.run(config, options(parallel), pack, work.warmup, place);
    }

    private Recompute recompute() {
        return Stream.of(Recompute.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(recompute))
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        "--recompute is '%s'; give none, full, full_attn or core_attn.".formatted(recompute)));
    }

    /**
     * The same step with the same calls, on 2 tokens a document and a model as small as our kernels take: nearly all of
     * its time is that of Java, JNI, libtorch's dispatch and the start of threads.
     */
    private double overheadSeconds() throws IOException, InterruptedException {
        StepWork tiny = work.tiny();
        return TimedSteps.run(
                        tiny.llama(),
                        tiny.options(1, lowPrecisionMoments, ParallelOptions.NONE),
                        tiny.pack(),
                        tiny.warmup,
                        TimedSteps.Place.of(computeDevice()))
                .seconds();
    }

    private TrainingOptions options(ParallelOptions parallel) {
        return peft == null
                ? work.options(1, lowPrecisionMoments, parallel)
                : work.options(BenchMethod.model(peft, baseDir), 1, lowPrecisionMoments, parallel);
    }
}
