package dev.packtrain.training.model;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.quantize.QuantizedProduct;
import dev.packtrain.training.quantize.QuantizedWeights;
import dev.packtrain.training.quantize.WeightQuantizer;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The layers of one rank, or the part of them that its placement says: whole ones in one process. */
final class PlacedLayers implements Layers {
    private final Placement placement;
    private final WeightSource weights;
    private final ScalarType dtype;
    private final TensorFactory factory;
    private final Kept kept;
    private final Optional<QuantizationOptions> quantization;

    /**
     * Parts of {@code weights}, cast to {@code dtype}, kept alive by {@code kept}. Never more than one tensor of the source
     * is held beside them.
     *
     * @param quantization of the matrices of linears, where they are frozen
     */
    PlacedLayers(
            Placement placement,
            WeightSource weights,
            ScalarType dtype,
            TensorFactory factory,
            Kept kept,
            Optional<QuantizationOptions> quantization) {
        this.placement = placement;
        this.weights = weights;
        this.dtype = dtype;
        this.factory = factory;
        this.kept = kept;
        this.quantization = quantization;
    }

    @Override
    public Linear linear(String name, int numIn, int numOut, boolean bias) {
        LinearSplit split = placement.linear(name);
        MatrixProduct linear = quantization.isPresent()
                ? quantized(quantization.get(), name, split, numOut, numIn)
                : new PlainLinear(parameter(name, WeightSource.Role.MATRIX, numOut, numIn), split);
        if (!bias) {
            return linear;
        }
        boolean adds = split != LinearSplit.ROW || placement.addsRowBiases();
        return new BiasedLinear(linear, parameter(name, WeightSource.Role.BIAS, numOut), adds);
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

    /** Few rows of it are ever there as they are in the source. */
    private QuantizedLinear quantized(QuantizationOptions options, String name, LinearSplit split, long... wholeShape) {
        String fullName = name + ".weight";
        Placement.Place place = placement.parameter(fullName, wholeShape);
        TensorSplit part = place.split();
        QuantizedLayout layout = QuantizedWeights.layout(options, wholeShape, part.dim(), part.from(), part.length());
        Tensor bytesB = TensorScope.value(
                () -> kept.keep(factory.toDevice(WeightQuantizer.quantize(layout, wholeShape[0], (first, count) -> {
                    TensorSplit rows = new TensorSplit(wholeShape, 0, first, count, 1);
                    return weights.get(fullName, rows, WeightSource.Role.MATRIX);
                }))));
        Tensor like = TensorScope.value(() -> kept.keep(factory.empty(dtype, 0)));
        return new QuantizedLinear(
                new Parameter(fullName, bytesB, true, part, place.partialGradient()),
                split,
                QuantizedProduct.of(layout, dtype, factory.device()),
                like);
    }

    private Parameter parameter(String name, WeightSource.Role role, long... wholeShape) {
        String fullName = name + (role == WeightSource.Role.BIAS ? ".bias" : ".weight");
        Placement.Place place = placement.parameter(fullName, wholeShape);
        Tensor tensor = TensorScope.value(() -> kept.keep(
                factory.toDevice(weights.get(fullName, place.split(), role).to(dtype))
                        .requires_grad_(true)));
        return new Parameter(
                fullName, tensor, role == WeightSource.Role.MATRIX, place.split(), place.partialGradient());
    }
}
