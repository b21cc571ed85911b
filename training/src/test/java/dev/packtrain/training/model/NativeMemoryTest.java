package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    private static final int NUM_STEPS = 200;
    private static final long MIB = 1 << 20;

    /** A step of this model makes about 2 MiB of activations: leaked, 200 steps take well over 100 MiB, even with
     * the garbage collector freeing some of it. */
    @Test
    void stepsLeakNoTensors() {
        TorchRuntime.start(1);
        // Everything that any family has.
        AttentionConfig attention = new AttentionConfig(4, 2, 16, AttentionConfig.Bias.ALL, true, List.of(0, 0));
        DecoderConfig.Rope rope = new DecoderConfig.Rope(10_000, new RopeScaling.DynamicNtk(4, 64));
        DecoderConfig config =
                new DecoderConfig(ModelFamily.QWEN3, 512, 64, 128, 2, attention, 1e-5, rope, false, 64, 0.1, null);
        PackedSequence pack = Packs.random(1, config.vocabSize(), 100, 60, 40);
        try (Decoder model = Decoder.fromScratch(config, 1, ScalarType.Float, ComputeDevice.CPU)) {
            steps(model, pack, NUM_STEPS / 4);
            long before = Pointer.physicalBytes();
            long pointersBefore = Pointer.totalCount();
            steps(model, pack, NUM_STEPS);
            assertThat((Pointer.physicalBytes() - before) / MIB).isLessThan(60);
            assertThat(Pointer.totalCount() - pointersBefore).isLessThan(NUM_STEPS);
        }
    }

    /** A forgotten handle shows in the count, and memory that no handle knows of, from 4 kB a step on, in the size. */
    @Test
    void tenThousandStepsStayFlat() {
        TorchRuntime.start(1);
        DecoderConfig config = new DecoderConfig(64, 16, 16, 1, 2, 1, 8, 1e-5, 10_000, true, 32, 0.1, null);
        PackedSequence pack = Packs.random(1, config.vocabSize(), 7, 4);
        try (Decoder model = Decoder.fromScratch(config, 1, ScalarType.BFloat16, ComputeDevice.CPU)) {
            trainingSteps(model, pack, 1_000);
            long before = Pointer.physicalBytes();
            long pointersBefore = Pointer.totalCount();
            trainingSteps(model, pack, 10_000);
            assertThat((Pointer.physicalBytes() - before) / MIB).isLessThan(40);
            assertThat(Pointer.totalCount() - pointersBefore).isLessThan(100);
        }
    }

    private static void trainingSteps(Decoder model, PackedSequence pack, int count) {
        for (int i = 0; i < count; i++) {
            model.forwardBackward(pack, 0.01);
        }
    }

    private static void steps(Decoder model, PackedSequence pack, int count) {
        for (int i = 0; i < count; i++) {
            model.forwardBackward(pack, 0.01);
            model.evaluate(pack);
        }
    }
}
