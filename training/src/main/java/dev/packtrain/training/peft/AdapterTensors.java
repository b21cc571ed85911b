package dev.packtrain.training.peft;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** Makes the parameters of adapters: from an adapter directory where there is one, else as the method initialises them. */
public final class AdapterTensors implements AutoCloseable {
    private final long seed;
    private final Optional<AdapterFile> file;
    private final PassRandomness pass;
    private final Kept kept = new Kept();
    private final List<Parameter> made = new ArrayList<>();

    /**
     * None made yet.
     *
     * @param seed of the run
     * @param file values to take instead of initial ones; stays the caller's
     */
    AdapterTensors(long seed, Optional<AdapterFile> file) {
        this.seed = seed;
        this.file = file;
        this.pass = new PassRandomness(seed);
    }

    /** What a trained tensor is like. */
    public record Spec(TensorSplit split, boolean partialGradient, double learningRateScale) {}

    /** The run's seed. */
    public long seed() {
        return seed;
    }

    /** What is random in the forward pass at hand. */
    PassRandomness pass() {
        return pass;
    }

    /**
     * A trained matrix, in the dtype and on the device of {@code like}.
     *
     * @param name as in PEFT, without its prefix: {@code model.layers.0.self_attn.q_proj.lora_A.weight}
     * @param like of the base
     * @param initial this rank's part, in any floating dtype, in host memory, owned by the current scope
     */
    public Parameter parameter(String name, Tensor like, Spec spec, Supplier<Tensor> initial) {
        Tensor tensor = TensorScope.value(() -> {
            Tensor values = file.isPresent() ? file.get().read(name, spec.split()) : initial.get();
            Tensor cast = values.to(like.scalar_type().intern()).contiguous();
            // A clone: what stays must not be a view of what goes.
            return kept.keep(TensorFactory.like(like).toDevice(cast.clone()).requires_grad_(true));
        });
        Parameter parameter =
                new Parameter(name, tensor, true, spec.split(), spec.partialGradient(), spec.learningRateScale());
        made.add(parameter);
        return parameter;
    }

    /** All that were made, in order. */
    List<Parameter> made() {
        return List.copyOf(made);
    }

    @Override
    public void close() {
        kept.close();
    }
}
