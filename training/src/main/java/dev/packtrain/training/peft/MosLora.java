package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * MosLoRA (Wu et al. 2024, arXiv 2406.11909): {@code y = W x + s·B M A d(x)} with a trained mixer M {@code [R, R]} of the
 * subspaces, Kaiming-uniform as A. What is saved is the LoRA of {@code M A} and B; a run that goes on from one begins with the
 * identity for M.
 */
final class MosLora implements LoraVariant {
    private static final String NAME = "lora_use_mixer";

    /** PaddleNLP's name. */
    private static final String MIXER = "lora_AB.weight";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(new PeftKey(
                NAME, PeftKey.Kind.FLAG, false, "with lora: MosLoRA, a trained matrix between A and B (false)"));
    }

    @Override
    public boolean continuesLora() {
        return true;
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        return new Mixed(lora);
    }

    /** The adaptation. */
    private record Mixed(LoraAdaptation lora) implements LoraBased {
        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            LowRankSplits splits = LowRankSplits.of(base, lora.rank());
            Parameter down = lora.trainedDown(module, base, splits, tensors);
            String name = module + "." + MIXER;
            AdapterTensors.Spec spec = LowRankSplits.inner(base, lora.rank(), lora.rank());
            Parameter mixer = tensors.unsaved(name, base.like(), spec, () -> initial(name, spec.split(), tensors));
            Parameter up = lora.trainedUp(module, base, splits, tensors);
            return new MixedLinear(base, down, mixer, up, lora.scale(), lora.dropout(module, splits, tensors));
        }

        private Tensor initial(String name, TensorSplit split, AdapterTensors tensors) {
            if (tensors.continued()) {
                return new TensorFactory(ComputeDevice.CPU)
                        .ones(ScalarType.Float, lora.rank())
                        .diag();
            }
            return lora.initialDown(name, split, tensors);
        }

        @Override
        public Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
            return lora;
        }

        @Override
        public Map<String, Tensor> saved(Map<String, Tensor> tensors) {
            Map<String, Tensor> saved = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                if (name.endsWith(LoraAdaptation.DOWN)) {
                    String mixer = name.substring(0, name.length() - LoraAdaptation.DOWN.length()) + MIXER;
                    ScalarType wide = DoraAdaptation.wide(tensor);
                    Tensor mixedRI = tensors.get(mixer)
                            .detach()
                            .to(wide)
                            .mm(tensor.detach().to(wide));
                    saved.put(name, mixedRI.to(tensor.scalar_type().intern()));
                } else if (!name.endsWith(MIXER)) {
                    saved.put(name, tensor);
                }
            });
            return saved;
        }

        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(lora.rank() * (part.numIn() + part.numOut() + lora.rank()));
        }

        /** Of a checkpoint, which has the mixer apart. */
        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            return lora.config(modules, all).put(NAME, true);
        }
    }
}
