package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * PiSSA (Meng et al. 2024, arXiv 2404.02948): of {@code W = U S Vᵀ}, A begins as {@code √(S/s) Vᵀ} and B as {@code U √(S/s)}
 * with the R largest singular values, formulas 2 and 3, and the frozen weight becomes the rest, {@code W − s·B₀ A₀}, formula 4.
 *
 * <p>What is saved is a LoRA of rank 2R on the base as it was, {@code s·(B A − B₀ A₀)}: nobody has to decompose anything to
 * read or merge it. A resumed run decomposes again and gets the same numbers.
 *
 * @param lora rank, s and dropout
 * @param full whether all singular values are computed
 */
record PissaAdaptation(LoraAdaptation lora, boolean full) implements LoraBased {
    private static final String INITIAL_DOWN = "pissa_A";
    private static final String INITIAL_UP = "pissa_B";

    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        if (!base.weight().tensor().is_floating_point()) {
            throw Pissa.quantised(module);
        }
        LowRankSplits splits = LowRankSplits.of(base, lora.rank());
        Tensor weightOI = base.weight().tensor();
        return TensorScope.value(() -> {
            SingularVectors largest = SingularVectors.of(
                    whole(base, tensors), lora.rank(), full, ReproducibleBits.key(tensors.seed(), module));
            Tensor rootR = largest.values().div(new Scalar(lora.scale())).sqrt();
            Tensor downRI = tensors.constant(
                    module + "." + INITIAL_DOWN, weightOI, () -> largest.right().mul(rootR.unsqueeze(1)));
            Tensor upOR = tensors.constant(
                    module + "." + INITIAL_UP, weightOI, () -> largest.left().mul(rootR));
            Tensor partRI = part(downRI, splits.down());
            Tensor partOR = part(upOR, splits.up());
            subtract(weightOI, partOR, partRI);
            Parameter down = tensors.parameter(
                    module + "." + LoraAdaptation.DOWN,
                    weightOI,
                    new AdapterTensors.Spec(splits.down(), splits.downIsPartial(), 1),
                    partRI::cpu);
            Parameter up = lora.trainedUp(module, base, splits, tensors, partOR::cpu);
            return lora.linear(base, down, up, lora.dropout(module, splits, tensors));
        });
    }

    /** W of all ranks, fp32 (fp64 in a model of fp64): every rank decomposes the same numbers. */
    private static Tensor whole(Linear base, AdapterTensors tensors) {
        Tensor weightOI = base.weight().tensor();
        TensorSplit split = base.weight().split();
        Tensor wideOI = weightOI.to(DoraAdaptation.wide(weightOI));
        if (split.isWhole()) {
            return wideOI;
        }
        Tensor wholeOI = torch.zeros_like(wideOI).resize_(split.wholeShape()).zero_();
        part(wholeOI, split).copy_(wideOI.div(new Scalar(split.numCopies())));
        tensors.sums().total(wholeOI);
        return wholeOI;
    }

    private static Tensor part(Tensor whole, TensorSplit split) {
        return whole.narrow(split.dim(), split.from(), split.length());
    }

    /** With A₀ and B₀ as they are after rounding, so that base and adapter together give W as nearly as they can. */
    private void subtract(Tensor weightOI, Tensor upOR, Tensor downRI) {
        ScalarType wide = DoraAdaptation.wide(weightOI);
        Tensor restOI =
                weightOI.to(wide).addmm(upOR.to(wide), downRI.to(wide), new Scalar(1), new Scalar(-lora.scale()));
        weightOI.detach().copy_(restOI);
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.of(lora.rank() * (part.numIn() + part.numOut()));
    }

    @Override
    public Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
        double alpha = lora.alpha() * (lora.rankStabilised() ? Math.sqrt(2) : 2);
        return new LoraAdaptation(
                2 * lora.rank(), alpha, lora.dropout(), lora.rankStabilised(), lora.plusScale(), targets());
    }

    @Override
    public Map<String, Tensor> saved(Map<String, Tensor> tensors) {
        Map<String, Tensor> saved = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            String module = name.substring(0, name.lastIndexOf('.', name.length() - ".weight".length() - 1) + 1);
            if (name.endsWith(LoraAdaptation.DOWN)) {
                saved.put(name, torch.cat(new TensorVector(tensor.detach(), tensors.get(module + INITIAL_DOWN)), 0));
            } else if (name.endsWith(LoraAdaptation.UP)) {
                saved.put(
                        name,
                        torch.cat(
                                new TensorVector(
                                        tensor.detach(),
                                        tensors.get(module + INITIAL_UP).neg()),
                                1));
            }
        });
        return saved;
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        throw new IllegalStateException("what is merged is the LoRA that was saved");
    }

    /** Of a checkpoint, whose A and B mean nothing without the decomposed base. */
    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        return lora.config(modules, all)
                .put("init_lora_weights", full ? "pissa" : "pissa_niter_" + SingularVectors.ITERATIONS);
    }
}
