package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Makes adapters do something. */
final class AdapterNoise {
    private AdapterNoise() {}

    /** Adapters that do something, the same in every call: fresh ones with noise on every trained number. */
    static AdaptedModel noisy(PeftRecipe recipe, ScalarType dtype) {
        AdaptedModel model = recipe.fresh(dtype);
        add(model);
        return model;
    }

    /** Adds noise that is a function of the parameters' names, so that ranks that hold the same tensor get the same. */
    static void add(AdaptedModel model) {
        for (Parameter parameter : model.parameters()) {
            TensorScope.run(() -> parameter.tensor().detach().add_(noise(parameter)));
        }
    }

    private static Tensor noise(Parameter parameter) {
        long numel = parameter.tensor().numel();
        TensorSplit flat = TensorSplit.whole(new long[] {1, numel});
        return ReproducibleBits.uniform(ReproducibleBits.key(11, parameter.name()), flat, 0.2)
                .view(parameter.tensor().shape())
                .to(parameter.tensor().scalar_type().intern());
    }
}
