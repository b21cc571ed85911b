package dev.packtrain.training;

import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.shard.ShardedState;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Main class of a process that trains a model which is an embedding, a head and nearly nothing else, on packs with few
 * different tokens. Prints by how many bytes the process has grown beyond the weights after some steps, and after every
 * element of the state has been written as loading a checkpoint writes it.
 */
final class StateMemoryGrowth {
    static final int VOCAB_SIZE = 400_000;
    static final int HIDDEN_SIZE = 64;

    private static final int STEPS = 3;

    private StateMemoryGrowth() {}

    /**
     * Runs.
     *
     * @param args FP32 or BF16
     */
    public static void main(String[] args) throws Exception {
        TorchRuntime.start(1);
        Precision precision = Precision.valueOf(args[0]);
        grown(1_000, precision); // loads libraries and their buffers
        System.out.println(grown(VOCAB_SIZE, precision));
    }

    private static String grown(int vocabSize, Precision precision) throws IOException, InterruptedException {
        DecoderConfig config =
                new DecoderConfig(vocabSize, HIDDEN_SIZE, 64, 1, 2, 2, 32, 1e-5, 10_000, false, 64, 0.1, null);
        TinyOptions tiny = TinyOptions.of(1, 1, STEPS);
        TrainingOptions options = (precision == Precision.BF16 ? tiny.bf16() : tiny).withConfig("unused");
        StepPlan plan = new StepPlan(21, options.batch(), 1);
        RunIdentity identity = new RunIdentity("", 0, plan.globalBatch(), precision);
        ScalarType dtype = precision == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (Decoder model = Decoder.fromScratch(config, 1, dtype, ComputeDevice.CPU)) {
            long before = Pointer.physicalBytes();
            try (Trainer trainer = new Trainer(model, options, plan, MeshGroups.single(), Path.of("unused"))) {
                trainer.run(TrainerState.start(identity, STEPS, 1), new TinyPacks(21), MeshMemory.NO_LISTENER);
                long trained = Pointer.physicalBytes() - before;
                write(trainer.state());
                return trained + " " + (Pointer.physicalBytes() - before);
            }
        }
    }

    private static void write(ShardedState state) {
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> state.pieces()
                    .forEach(piece -> TensorScope.run(
                            () -> piece.values().copy_(piece.values().clone()))));
        }
        state.restored();
    }
}
