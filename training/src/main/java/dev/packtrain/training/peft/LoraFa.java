package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;

/**
 * LoRA-FA (Zhang et al. 2023, arXiv 2308.03303): A stays as it begins, B alone is trained. What is saved is a LoRA. A has no
 * gradient, no state, and no place in checkpoints, for it follows from the seed or from the adapter that the run goes on with.
 */
final class LoraFa implements LoraVariant {
    private static final String NAME = "lora_fa";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(new PeftKey(
                NAME, PeftKey.Kind.FLAG, false, "with lora: LoRA-FA, only the B matrices are trained (false)"));
    }

    @Override
    public boolean continuesLora() {
        return true;
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        return new FrozenDown(lora);
    }

    /** The adaptation. */
    private record FrozenDown(LoraAdaptation lora) implements LoraBased {
        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            LowRankSplits splits = LowRankSplits.of(base, lora.rank());
            TensorSplit split = splits.down();
            String name = module + "." + LoraAdaptation.DOWN;
            Tensor wholeRI = tensors.constant(
                    name, base.like(), () -> lora.initialDown(name, TensorSplit.whole(split.wholeShape()), tensors));
            Tensor partRI = split.isWhole()
                    ? wholeRI
                    : tensors.keep(wholeRI, () -> wholeRI.narrow(split.dim(), split.from(), split.length()));
            return lora.linear(
                    base,
                    new Parameter(name, partRI, true, split, false),
                    lora.trainedUp(module, base, splits, tensors),
                    lora.dropout(module, splits, tensors));
        }

        @Override
        public Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
            return lora;
        }

        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(lora.rank() * part.numOut());
        }

        /** Of a checkpoint, which has no A. */
        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            return lora.config(modules, all).put(NAME, true);
        }
    }
}
