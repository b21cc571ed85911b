package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
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
        return linear(
                base,
                trainedDown(module, base, splits, tensors),
                trainedUp(module, base, splits, tensors),
                dropout(module, splits, tensors));
    }

    /** The layer. */
    LoraLinear linear(Linear base, Parameter down, Parameter up, Dropout layerDropout) {
        return new LoraLinear(base, down, up, scale(), layerDropout);
    }

    /** A, trained. */
    Parameter trainedDown(String module, Linear base, LowRankSplits splits, AdapterTensors tensors) {
        String name = module + "." + DOWN;
        return tensors.parameter(
                name,
                base.like(),
                new AdapterTensors.Spec(splits.down(), splits.downIsPartial(), 1),
                () -> initialDown(name, splits.down(), tensors));
    }

    /** A as it begins, or a part of it. */
    Tensor initialDown(String name, TensorSplit split, AdapterTensors tensors) {
        double bound = 1 / Math.sqrt((double) split.wholeShape()[1]);
        return ReproducibleBits.uniform(ReproducibleBits.key(tensors.seed(), name), split, bound);
    }

    /** B, trained, zero in the beginning. */
    Parameter trainedUp(String module, Linear base, LowRankSplits splits, AdapterTensors tensors) {
        return trainedUp(module, base, splits, tensors, () -> new TensorFactory(ComputeDevice.CPU)
                .zeros(ScalarType.Float, splits.up().shape()));
    }

    /** B, trained, with another beginning. */
    Parameter trainedUp(
            String module, Linear base, LowRankSplits splits, AdapterTensors tensors, Supplier<Tensor> initial) {
        AdapterTensors.Spec spec = new AdapterTensors.Spec(splits.up(), splits.upIsPartial(), plusScale);
        return tensors.parameter(module + "." + UP, base.like(), spec, initial);
    }

    /** Of the inputs that this rank has. */
    Dropout dropout(String module, LowRankSplits splits, AdapterTensors tensors) {
        long firstColumn = splits.down().dim() == 1 ? splits.down().from() : 0;
        return Dropout.of(dropout, module, firstColumn, tensors);
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
        requireShapes(module, weightOI, upOR, downRI);
        return weightOI.addmm(upOR, downRI, new Scalar(1), new Scalar(scale()));
    }

    /** Checks that an adapter is for a weight of this shape. */
    static void requireShapes(String module, Tensor weightOI, Tensor upOR, Tensor downRI) {
        if (upOR.size(0) != weightOI.size(0) || downRI.size(1) != weightOI.size(1) || upOR.size(1) != downRI.size(0)) {
            throw new BadInputException(
                    "the adapter of %s is for a weight of %d × %d, but the base's has %d × %d; give the base that it was trained on."
                            .formatted(module, upOR.size(0), downRI.size(1), weightOI.size(0), weightOI.size(1)));
        }
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("r", rank);
        AdapterConfig.put(config, "lora_alpha", alpha);
        config.put("lora_dropout", dropout);
        config.put("use_rslora", rankStabilised);
        config.put("use_dora", false);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("init_lora_weights", true);
        return AdapterConfig.putCommon(config, modules, all);
    }
}
