package dev.packtrain.jobs.bench;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.Trainer;
import dev.packtrain.training.TrainerListener;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.metrics.StepPart;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains a fresh model on one pack, again and again, and keeps what the steps after the warm-up took. */
final class TimedSteps implements TrainerListener {
    private final int warmup;
    private final List<StepFigures> steps = new ArrayList<>();
    private long stateBytes;

    private TimedSteps(int warmup) {
        this.warmup = warmup;
    }

    /**
     * Trains {@code options.batch().maxSteps()} steps.
     *
     * @param pack the only one
     * @param warmup steps that are not kept
     */
    static TimedSteps run(DecoderConfig config, TrainingOptions options, PackedSequence pack, int warmup)
            throws IOException, InterruptedException {
        TimedSteps timed = new TimedSteps(warmup);
        StepPlan plan = new StepPlan(1, options.batch(), 1);
        ScalarType dtype = options.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (Decoder model = Decoder.fromScratch(config, 42, dtype, ComputeDevice.CPU);
                Trainer trainer = new Trainer(model, options, plan, MeshGroups.single(), Path.of("."))) {
            RunIdentity identity = new RunIdentity("bench", 42, 1, options.precision());
            trainer.run(TrainerState.start(identity, plan.totalSteps(), 1), always(pack), timed);
            timed.stateBytes = trainer.state().memory().total();
        }
        return timed;
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

    private static PackSource always(PackedSequence pack) {
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

    /** Median seconds of a step, without waiting for its pack. */
    double seconds() {
        return BenchFigures.median(
                steps.stream().mapToDouble(StepFigures::seconds).toArray());
    }

    /** Median seconds of a part. */
    double seconds(StepPart part) {
        return BenchFigures.median(steps.stream()
                .mapToDouble(step -> step.parts().getOrDefault(part, 0.0))
                .toArray());
    }

    /** Weights, gradients and optimizer state. */
    long stateBytes() {
        return stateBytes;
    }

    @Override
    public void stepDone(TrainerState state, StepFigures figures) {
        if (state.step() > warmup) {
            steps.add(figures);
        }
    }

    @Override
    public void logDue(TrainerState state, StepFigures figures) {}

    @Override
    public void checkpointDue(TrainerState state) {}
}
