package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** A method with LoRA's settings: what it does not say itself is as in LoRA. */
interface LoraBased extends Adaptation {
    /** What the common keys say. */
    LoraAdaptation lora();

    @Override
    default String method() {
        return Lora.NAME;
    }

    @Override
    default TargetModules targets() {
        return lora().targets();
    }

    @Override
    default Optional<String> whyNotMergeable() {
        return Optional.empty();
    }

    @Override
    default Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        return lora().merged(module, weightOI, adapter);
    }

    @Override
    default ObjectNode config(List<String> modules, List<String> all) {
        return lora().config(modules, all);
    }
}
