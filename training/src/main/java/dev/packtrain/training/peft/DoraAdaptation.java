package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * DoRA (Liu et al. 2024, arXiv 2402.09353): the weight is {@code m ⊙ (W + s·B A) / ‖W + s·B A‖}, formula 5, with the norm of
 * every row of {@code [O, I]} (a column to the paper) and m {@code [O]}. m begins as the norms of the loaded W, so the first
 * forward pass is that of the base.
 *
 * @param lora A, B, s and dropout, which drops inputs of A alone
 */
record DoraAdaptation(LoraAdaptation lora) implements LoraBased {
    static final String MAGNITUDE = "lora_magnitude_vector";

    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        LowRankSplits splits = LowRankSplits.of(base, lora.rank());
        Tensor like = base.like();
        Parameter down = lora.trainedDown(module, base, splits, tensors);
        Parameter up = lora.trainedUp(module, base, splits, tensors);
        LoraLinear branch = lora.linear(base, down, up, lora.dropout(module, splits, tensors));
        Tensor squaresO = tensors.keep(like, () -> squares(base, tensors));
        Parameter magnitude = tensors.parameter(
                module + "." + MAGNITUDE,
                like,
                new AdapterTensors.Spec(splits.upVector(), splits.upIsPartial(), 1),
                () -> squaresO.sqrt().cpu());
        return new DoraLinear(branch, magnitude, squaresO, bias(base, tensors), tensors.sums());
    }

    /** What the base adds to every row, if it does. */
    private static Optional<Tensor> bias(Linear base, AdapterTensors tensors) {
        if (base.parameters().size() == 1) {
            return Optional.empty();
        }
        Tensor like = base.like();
        return Optional.of(tensors.keep(like, () -> base.apply(TensorFactory.like(like)
                        .zeros(
                                like.scalar_type().intern(),
                                1,
                                base.weight().split().shape()[1]))
                .squeeze(0)));
    }

    /** Of the rows of the whole W, {@code [O]}. */
    private static Tensor squares(Linear base, AdapterTensors tensors) {
        return TensorScope.one(() -> {
            Tensor weightOI = base.matrix();
            Tensor squaresO = weightOI.to(wide(weightOI)).square().sum(new long[] {1}, false, new ScalarTypeOptional());
            if (base.split() == LinearSplit.ROW) {
                tensors.sums().total(squaresO);
            }
            return squaresO;
        });
    }

    /** Sums over thousands of elements: bf16 would lose the last ones. */
    static ScalarType wide(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.of(lora.rank() * (part.numIn() + part.numOut()) + part.numOut());
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        Tensor directionOI = lora.merged(module, weightOI, adapter);
        Tensor normO = directionOI.norm(new ScalarOptional(new Scalar(2)), new long[] {1}, false);
        return directionOI.mul(adapter.apply(MAGNITUDE).div(normO).unsqueeze(1));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        return lora.config(modules, all).put(Dora.NAME, true);
    }
}
