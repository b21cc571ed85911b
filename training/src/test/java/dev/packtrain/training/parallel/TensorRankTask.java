package dev.packtrain.training.parallel;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.generation.GenerationOptions;
import dev.packtrain.training.generation.Generator;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One of two tensor-parallel processes. Loads its part of a model and the whole of it, and says on standard output whether
 * they are one: a line for each way of keeping the sequence, with loss, largest error of a gradient and generated tokens.
 */
final class TensorRankMain {
    static final String HOST = "127.0.0.1";
    static final int DEGREE = 2;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private TensorRankMain() {}

    /** The pack that every process works on. */
    static PackedSequence pack(DecoderConfig config) {
        return Packs.random(1, config.vocabSize(), 17, 1, 31);
    }

    /** What the generator of every process does. */
    static int[] generate(Decoder model) {
        GenerationOptions sampled = new GenerationOptions(8, 1.0, 20, 0.95, 3, Set.of());
        return new Generator(model).generate(new int[] {3, 1, 4}, sampled, token -> {});
    }

    /** Arguments: rank, port of the store, model directory. */
    public static void main(String[] args) {
        TorchRuntime.start(1);
        int rank = Integer.parseInt(args[0]);
        RankStore store = RankStore.connect(HOST, Integer.parseInt(args[1]), TIMEOUT);
        try (GroupFactory factory = GroupFactory.of(store, rank, DEGREE, HOST, ComputeDevice.CPU, TIMEOUT);
                ProcessGroup group = factory.world()) {
            for (boolean sequenceParallel : new boolean[] {false, true}) {
                System.out.println(compare(Path.of(args[2]), group, sequenceParallel));
            }
        }
    }

    private static String compare(Path dir, ProcessGroup group, boolean sequenceParallel) {
        DecoderConfig config = DecoderConfig.read(dir, Map.of());
        DecoderBuilder builder =
                new DecoderBuilder(config).share(TensorParallel.share(config, group, sequenceParallel));
        return TensorScope.value(() -> {
            try (Decoder whole = Decoder.load(dir, ScalarType.Float, ComputeDevice.CPU);
                    Decoder part = builder.load(dir)) {
                whole.forwardBackward(pack(config), 0.1);
                double loss = part.forwardBackward(pack(config), 0.1).sum();
                double largest = 0;
                for (int i = 0; i < whole.parameters().size(); i++) {
                    Tensor expected = whole.parameters().get(i).tensor().grad();
                    largest = Math.max(largest, error(part.parameters().get(i), expected, group));
                }
                return "%s %s %s".formatted(loss, largest, Arrays.toString(generate(part)));
            }
        });
    }

    private static double error(Parameter parameter, Tensor wholeGradient, ProcessGroup group) {
        TensorSplit split = parameter.split();
        Tensor gradient = parameter.tensor().grad().clone();
        if (parameter.partialGradient()) {
            group.allReduceSum(gradient, "copies of " + parameter.name());
        }
        return Tensors.relativeError(gradient, wholeGradient.narrow(split.dim(), split.from(), split.length()));
    }
}
