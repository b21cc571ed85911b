package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** MoRA: see {@link MoraBranch}. It has no scale, so LoRA's keys for that are refused. */
final class Mora implements LoraVariant {
    private static final String NAME = "use_mora";
    private static final String PEFT_TYPE = "MORA";
    private static final String SQUARE = "mora.weight";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(new PeftKey(
                NAME,
                PeftKey.Kind.FLAG,
                false,
                "with lora: MoRA, one square matrix of as many numbers as A and B have together (false)"));
    }

    /** PEFT has no such method. */
    @Override
    public Optional<String> peftType() {
        return Optional.of(PEFT_TYPE);
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        boolean scaled = settings.real(Lora.ALPHA)
                        .filter(alpha -> alpha != PeftSettings.UNSET)
                        .isPresent()
                || settings.flag(Lora.STABILISED).orElse(false)
                || settings.real(Lora.PLUS_SCALE).filter(scale -> scale != 1).isPresent();
        if (scaled) {
            throw new BadInputException(
                    "use_mora is true, and MoRA has neither a scale nor a matrix B; leave lora_alpha, rslora and lora_plus_scale out.");
        }
        return new SquareMatrix(lora);
    }

    /** The adaptation. */
    private record SquareMatrix(LoraAdaptation lora) implements LoraBased {
        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            long[] shape = base.weight().split().wholeShape();
            int side = MoraBranch.side(shape[1], shape[0], lora.rank());
            Parameter square = tensors.parameter(
                    module + "." + SQUARE, base.like(), LowRankSplits.inner(base, side, side), () -> new TensorFactory(
                                    ComputeDevice.CPU)
                            .zeros(ScalarType.Float, side, side));
            MoraBranch branch = MoraBranch.of(square, shape[1], shape[0], tensors);
            TensorSplit weight = base.weight().split();
            long firstColumn = base.split() == LinearSplit.ROW ? weight.from() : 0;
            return new BranchLinear(
                    base, WholeBranch.of(branch, base), Dropout.of(lora.dropout(), module, firstColumn, tensors));
        }

        /** The branch of every unit vector is a column of ΔW. */
        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            long side = MoraBranch.side(part.wholeIn(), part.wholeOut(), lora.rank());
            return OptionalLong.of(side * side);
        }

        @Override
        public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
            return TensorScope.one(() -> {
                Tensor square = adapter.apply(SQUARE);
                int side = MoraBranch.side(weightOI.size(1), weightOI.size(0), lora.rank());
                if (square.size(0) != side) {
                    throw new BadInputException(
                            "the adapter of %s has a matrix of %d rows, but a weight of %d × %d takes %d at rank %d; give the base that it was trained on."
                                    .formatted(
                                            module,
                                            square.size(0),
                                            weightOI.size(0),
                                            weightOI.size(1),
                                            side,
                                            lora.rank()));
                }
                try (AdapterTensors tables = new AdapterTensors(0, Optional.empty())) {
                    MoraBranch branch = MoraBranch.of(
                            new Parameter(SQUARE, square, true), weightOI.size(1), weightOI.size(0), tables);
                    return branch.changeOI().add_(weightOI);
                }
            });
        }

        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            return lora.config(modules, all).put("peft_type", PEFT_TYPE);
        }
    }
}
