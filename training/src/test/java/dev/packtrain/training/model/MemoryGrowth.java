package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Main class of a process that runs many steps and prints how much it has grown: bytes, and pointers not yet freed. */
final class MemoryGrowth {
    private MemoryGrowth() {}

    /**
     * Runs.
     *
     * @param args {@code every-feature} or {@code tiny-bf16}, steps to warm up, steps that count
     */
    public static void main(String[] args) {
        TorchRuntime.start(1);
        boolean tiny = args[0].equals("tiny-bf16");
        DecoderConfig config = tiny ? tiny() : everyFeature();
        PackedSequence pack =
                tiny ? Packs.random(1, config.vocabSize(), 7, 4) : Packs.random(1, config.vocabSize(), 100, 60, 40);
        ScalarType dtype = tiny ? ScalarType.BFloat16 : ScalarType.Float;
        Recompute recompute = tiny ? Recompute.NONE : Recompute.FULL;
        try (Decoder model =
                new DecoderBuilder(config).dtype(dtype).recompute(recompute).fromScratch(1)) {
            steps(model, pack, Integer.parseInt(args[1]));
            long bytes = Pointer.physicalBytes();
            long pointers = Pointer.totalCount();
            steps(model, pack, Integer.parseInt(args[2]));
            System.out.println((Pointer.physicalBytes() - bytes) + " " + (Pointer.totalCount() - pointers));
        }
    }

    private static DecoderConfig everyFeature() {
        AttentionConfig attention = new AttentionConfig(4, 2, 16, AttentionConfig.Bias.ALL, true, List.of(0, 0));
        DecoderConfig.Rope rope = new DecoderConfig.Rope(10_000, new RopeScaling.DynamicNtk(4, 64));
        return new DecoderConfig(ModelFamily.QWEN3, 512, 64, 128, 2, attention, 1e-5, rope, false, 64, 0.1, null);
    }

    private static DecoderConfig tiny() {
        return new DecoderConfig(64, 16, 16, 1, 2, 1, 8, 1e-5, 10_000, true, 32, 0.1, null);
    }

    private static void steps(Decoder model, PackedSequence pack, int count) {
        for (int i = 0; i < count; i++) {
            model.forwardBackward(pack, 0.01);
            if (i % 2 == 0) {
                model.evaluate(pack);
            }
        }
    }
}
