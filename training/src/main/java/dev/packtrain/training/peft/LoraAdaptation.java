package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * LoRA with its settings. A is Kaiming-uniform with a = √5, which is U(−1/√I, 1/√I), a function of the seed and the name
 * alone; B is zero, so the first forward pass is that of the base.
 *
 * @param rank R
 * @param alpha s is alpha / R, or with rsLoRA alpha / √R
 * @param dropout probability, in [0, 1)
 * @param rankStabilised rsLoRA (Kalajdzievski 2023, arXiv 2312.03732)
 * @param plusScale LoRA+ (Hayou et al. 2024, arXiv 2402.12354): B's learning rate over A's
 * @param targets which linears
 */
record LoraAdaptation(
        int rank, double alpha, double dropout, boolean rankStabilised, double plusScale, TargetModules targets)
        implements Adaptation {
    static final String DOWN = "lora_A.weight";
    static final String UP = "lora_B.weight";

    @Override
    public String method() {
        return Lora.NAME;
    }

    /** s. */
    double scale() {
        return alpha / (rankStabilised ? Math.sqrt((double) rank) : rank);
    }

    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        LowRankSplits splits = LowRankSplits.of(base, rank);
        Tensor weight = base.like();
        String downName = module + "." + DOWN;
        long key = ReproducibleBits.key(tensors.seed(), downName);
        double bound = 1 / Math.sqrt((double) splits.down().wholeShape()[1]);
        Parameter down = tensors.parameter(
                downName,
                weight,
                new AdapterTensors.Spec(splits.down(), splits.downIsPartial(), 1),
                () -> ReproducibleBits.uniform(key, splits.down(), bound));
        Parameter up = tensors.parameter(
                module + "." + UP,
                weight,
                new AdapterTensors.Spec(splits.up(), splits.upIsPartial(), plusScale),
                () -> new TensorFactory(ComputeDevice.CPU)
                        .zeros(ScalarType.Float, splits.up().shape()));
        long firstColumn = splits.down().dim() == 1 ? splits.down().from() : 0;
        return new LoraLinear(base, down, up, scale(), Dropout.of(dropout, module, firstColumn, tensors));
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.of(rank * (part.numIn() + part.numOut()));
    }

    @Override
    public Optional<String> whyNotMergeable() {
        return Optional.empty();
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        Tensor upOR = adapter.apply(UP);
        Tensor downRI = adapter.apply(DOWN);
        if (upOR.size(0) != weightOI.size(0) || downRI.size(1) != weightOI.size(1) || upOR.size(1) != downRI.size(0)) {
            throw new BadInputException(
                    "the adapter of %s is for a weight of %d × %d, but the base's has %d × %d; give the base that it was trained on."
                            .formatted(module, upOR.size(0), downRI.size(1), weightOI.size(0), weightOI.size(1)));
        }
        return weightOI.addmm(upOR, downRI, new Scalar(1), new Scalar(scale()));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("r", rank);
        if (alpha == Math.rint(alpha)) {
            config.put("lora_alpha", (long) alpha);
        } else {
            config.put("lora_alpha", alpha);
        }
        config.put("lora_dropout", dropout);
        config.put("use_rslora", rankStabilised);
        config.put("use_dora", false);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("init_lora_weights", true);
        config.putNull("modules_to_save");
        TargetModules.shortest(modules, all).forEach(config.putArray("target_modules")::add);
        return config;
    }
}
