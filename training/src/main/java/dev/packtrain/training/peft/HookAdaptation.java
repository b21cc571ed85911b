package dev.packtrain.training.peft;

import dev.packtrain.training.model.Linear;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** A method that leaves the linears alone, and so has nothing to merge. */
interface HookAdaptation extends Adaptation {
    @Override
    default TargetModules targets() {
        return new TargetModules(List.of());
    }

    @Override
    default Linear adapt(String module, Linear base, AdapterTensors tensors) {
        throw new IllegalStateException(method() + " has no linears as targets");
    }

    /** Of no linear. */
    @Override
    OptionalLong numTrainedElements(RankShape rank, int part);

    @Override
    default Optional<String> whyNotMergeable() {
        return Optional.of(
                method() + " adds to what flows between the layers, which no weight of a plain model can do");
    }

    @Override
    default Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        throw new IllegalStateException(method() + " cannot be merged");
    }
}
