package dev.packtrain.training.parallel;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.RankSite;
import dev.packtrain.training.RankTask;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One of two tensor-parallel processes. Loads its part of the model in a directory and the whole of it, and tells whether they
 * are one: a {@link Found} for each way of keeping the sequence.
 */
public final class TensorRankTask implements RankTask {
    static final int DEGREE = 2;

    /**
     * What a rank found.
     *
     * @param loss of its part, which is that of the whole model
     * @param error largest relative error of a gradient
     * @param tokens that it generated
     */
    record Found(double loss, double error, int[] tokens) {}

    /** The pack that every process works on. */
    static PackedSequence pack(DecoderConfig config) {
        return Packs.random(1, config.vocabSize(), 17, 1, 31);
    }

    /** What the generator of every process does. */
    static int[] generate(Decoder model) {
        GenerationOptions sampled = new GenerationOptions(8, 1.0, 20, 0.95, 3, Set.of());
        return new Generator(model).generate(new int[] {3, 1, 4}, sampled, token -> {});
    }

    @Override
    public Object run(RankSite site, JsonNode directory) throws Exception {
        ProcessGroup group = site.world();
        List<Found> found = new ArrayList<>();
        for (boolean sequenceParallel : new boolean[] {false, true}) {
            found.add(compare(Path.of(directory.asText()), group, sequenceParallel));
        }
        return found;
    }

    private static Found compare(Path dir, ProcessGroup group, boolean sequenceParallel) {
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
                return new Found(loss, largest, generate(part));
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
