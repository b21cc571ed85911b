package dev.packtrain.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.Trainer;
import dev.packtrain.training.TrainerListener;
import dev.packtrain.training.attention.AttentionChoice;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.parallel.Parallelize;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.peft.PeftMethods;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains a fresh model on one pack, again and again, and keeps what the steps after the warm-up took. */
final class TimedSteps implements TrainerListener {
    private static final double NANOS = 1e9;

    private final int warmup;
    private final List<StepFigures> steps = new ArrayList<>();
    private final List<Double> processor = new ArrayList<>();
    private long processorBefore;
    private final LongSupplier communicationNanos;
    private final List<Double> communication = new ArrayList<>();
    private long communicationBefore;
    private long stateBytes;

    private TimedSteps(int warmup, LongSupplier communicationNanos) {
        this.warmup = warmup;
        this.communicationNanos = communicationNanos;
    }

    /**
     * Trains {@code options.batch().maxSteps()} steps.
     *
     * @param pack the only one
     * @param warmup steps that are not kept
     * @param place where it trains
     */
    static TimedSteps run(DecoderConfig config, TrainingOptions options, PackedSequence pack, int warmup, Place place)
            throws IOException, InterruptedException {
        TimedSteps timed = new TimedSteps(warmup, () -> 0);
        return run(config, options, pack, timed, MeshGroups.single(), place);
    }

    /**
     * Where a process trains.
     *
     * @param device what computes
     * @param offloadDir an empty directory, if the options offload to disk; not looked at otherwise
     */
    record Place(ComputeDevice device, Path offloadDir) {
        /** Without an offload. */
        static Place of(ComputeDevice device) {
            return new Place(device, Path.of("."));
        }
    }

    /**
     * Trains as one rank of several.
     *
     * @param work the pack, and how many steps are not kept
     * @param communicationNanos what {@link TimedGroup}s have counted so far
     */
    static TimedSteps run(
            DecoderConfig config,
            TrainingOptions options,
            StepWork work,
            MeshGroups groups,
            AtomicLong communicationNanos)
            throws IOException, InterruptedException {
        return run(
                config,
                options,
                work.pack(),
                new TimedSteps(work.warmup, communicationNanos::get),
                groups,
                Place.of(ComputeDevice.CPU));
    }

    private static TimedSteps run(
            DecoderConfig config,
            TrainingOptions options,
            PackedSequence pack,
            TimedSteps timed,
            MeshGroups groups,
            Place place)
            throws IOException, InterruptedException {
        int dataRanks = groups.mesh().numDataRanks();
        int numPacks = new StepPlan(1, options.batch(), dataRanks).globalBatch();
        StepPlan plan = new StepPlan(numPacks, options.batch(), dataRanks);
        ScalarType dtype = options.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        PeftOptions peft = options.model().peft();
        boolean anyMask = peft.present() && PeftMethods.needsAnyMask(peft.method());
        AttentionKernel attention = AttentionChoice.of(
                        options.model().attention(), place.device(), dtype, anyMask, config.headDim())
                .kernel();
        DecoderBuilder builder =
                Parallelize.decoder(config, dtype, place.device(), attention, options.parallel(), groups);
        try (CausalLM model = model(builder, options.model());
                Trainer trainer = new Trainer(model, options, plan, groups, place.offloadDir())) {
            RunIdentity identity = new RunIdentity("bench", 42, numPacks, options.precision());
            int worldSize = groups.mesh().worldSize();
            trainer.run(TrainerState.start(identity, plan.totalSteps(), worldSize), always(pack, numPacks), timed);
            timed.stateBytes = trainer.state().memory().total();
        }
        return timed;
    }

    private static CausalLM model(DecoderBuilder builder, ModelOptions source) {
        return source.peft().present()
                ? Adapters.of(source.peft(), 42, Optional.ofNullable(source.quantization()))
                        .load(builder, Path.of(source.modelDir()))
                : builder.fromScratch(42);
    }

    /**
     * Documents of equal length with random ids; the first half of each is its source.
     *
     * @param maxLength tokens of all documents, unless they do not divide it
     */
    static PackedSequence pack(int vocabSize, int maxLength, int documents) {
        Random random = new Random(42);
        int length = maxLength / documents;
        List<TokenizedExample> examples = new ArrayList<>();
        for (int document = 0; document < documents; document++) {
            int[] ids = random.ints(length, 0, vocabSize).toArray();
            int[] labels = ids.clone();
            Arrays.fill(labels, 0, length / 2, TokenizedExample.IGNORE_INDEX);
            examples.add(new TokenizedExample(document, ids, labels));
        }
        return PackedSequence.of(new Pack(examples), maxLength);
    }

    static PackSource always(PackedSequence pack, int numPacks) {
        return new PackSource() {
            @Override
            public int numPacks() {
                return numPacks;
            }

            @Override
            public PackedSequence get(int index) {
                return pack;
            }
        };
    }

    /** Median seconds of a step, without waiting for its pack. */
    double seconds() {
        return BenchFigures.median(
                steps.stream().mapToDouble(StepFigures::seconds).toArray());
    }

    /** Median processor time of a step, of all threads of this process: what other programs of the machine change least. */
    double processorSeconds() {
        return BenchFigures.median(
                processor.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Median seconds of a part. */
    double seconds(StepPart part) {
        return BenchFigures.median(steps.stream()
                .mapToDouble(step -> step.parts().getOrDefault(part, 0.0))
                .toArray());
    }

    /** {@link #seconds(StepPart)} of every part. */
    void putParts(BenchFigures figures) {
        for (StepPart part : StepPart.values()) {
            figures.put("seconds_" + part.name().toLowerCase(Locale.ROOT), seconds(part));
        }
    }

    /** Median seconds of a step inside calls to other ranks. */
    double communicationSeconds() {
        return BenchFigures.median(
                communication.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Weights, gradients and optimizer state. */
    long stateBytes() {
        return stateBytes;
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) {
        long now = communicationNanos.getAsLong();
        long processorNow =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        if (state.step() > warmup) {
            steps.add(figures);
            processor.add((processorNow - processorBefore) / NANOS);
            communication.add((now - communicationBefore) / NANOS);
        }
        communicationBefore = now;
        processorBefore = processorNow;
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {}

    @Override
    public void checkpointDue(TrainerState state) {}
}
