package dev.packtrain.training.model;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Gives a model tensors of the right shape without memory, every element of which is one NaN, and each its weight later. So
 * whoever takes the parameters over part by part, and keeps a share of each, never holds all weights at once.
 *
 * <p>Takes its source over. That it has what the model asks for is checked when the model is built.
 */
final class DeferredWeights implements WeightSource {
    private final WeightSource source;
    private final ScalarType dtype;
    private final TensorFactory factory;
    private final Map<String, Role> missing = new HashMap<>();

    /** Weights of {@code source}, in {@code dtype} on {@code device}. */
    DeferredWeights(WeightSource source, ScalarType dtype, ComputeDevice device) {
        this.source = source;
        this.dtype = dtype;
        this.factory = new TensorFactory(device);
    }

    /** As the contract says but for the memory: it is there when {@link #fill} was called. */
    @Override
    public Tensor get(String name, TensorSplit split, Role role) {
        source.require(name, split);
        missing.put(name, role);
        return factory.zeros(dtype, 1).fill_(new Scalar(Double.NaN)).expand(split.shape());
    }

    /** Reads a parameter's weight into memory of its own. The source is closed with the last one. */
    void fill(Parameter parameter) {
        Role role = missing.remove(parameter.name());
        if (role == null) {
            return; // not from here, or filled before
        }
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> {
                Tensor values = source.get(parameter.name(), parameter.split(), role);
                parameter.tensor().set_data(factory.toDevice(values.to(dtype)));
            });
        }
        if (missing.isEmpty()) {
            close();
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
