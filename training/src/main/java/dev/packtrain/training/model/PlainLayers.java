package dev.packtrain.training.model;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Whole layers in one process. */
final class PlainLayers implements Layers {
    private final WeightSource weights;
    private final ScalarType dtype;
    private final TensorFactory factory;
    private final Kept kept;

    /** Weights from {@code weights}, cast to {@code dtype}, kept alive by {@code kept}. */
    PlainLayers(WeightSource weights, ScalarType dtype, TensorFactory factory, Kept kept) {
        this.weights = weights;
        this.dtype = dtype;
        this.factory = factory;
        this.kept = kept;
    }

    @Override
    public Linear linear(String name, int numIn, int numOut, boolean bias) {
        PlainLinear linear = new PlainLinear(parameter(name, WeightSource.Role.MATRIX, numOut, numIn));
        return bias ? new BiasedLinear(linear, parameter(name, WeightSource.Role.BIAS, numOut)) : linear;
    }

    @Override
    public Embedding embedding(String name, int numRows, int width) {
        return new Embedding(parameter(name, WeightSource.Role.MATRIX, numRows, width));
    }

    @Override
    public RmsNorm norm(String name, int width, double eps) {
        return new RmsNorm(parameter(name, WeightSource.Role.NORM, width), eps);
    }

    @Override
    public Parameter head(String name, int numIn, int numOut) {
        return parameter(name, WeightSource.Role.MATRIX, numOut, numIn);
    }

    private Parameter parameter(String name, WeightSource.Role role, long... shape) {
        String fullName = name + (role == WeightSource.Role.BIAS ? ".bias" : ".weight");
        Tensor tensor = TensorScope.value(() -> kept.keep(
                factory.toDevice(weights.get(fullName, shape, role).to(dtype)).requires_grad_(true)));
        return new Parameter(fullName, tensor, role == WeightSource.Role.MATRIX);
    }
}
