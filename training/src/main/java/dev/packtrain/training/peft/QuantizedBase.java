package dev.packtrain.training.peft;

import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.quantize.QuantizedWeights;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The weights of a base as an adapter met them in its training, tensor by tensor, and what quantising took of them. */
final class QuantizedBase {
    private static final String MATRIX = ".weight";
    private static final String BLOCKS = ".layers.";

    private final Optional<QuantizationOptions> options;
    private final boolean intoOriginal;
    private double weightSquares;
    private double errorSquares;
    private double adaptedErrorSquares;

    QuantizedBase(Optional<QuantizationOptions> options, boolean intoOriginal) {
        this.options = options;
        this.intoOriginal = intoOriginal;
    }

    /** How the base is kept that an adapter is merged into. */
    Optional<QuantizationOptions> merged() {
        return intoOriginal ? Optional.empty() : options;
    }

    /**
     * What an adapter is merged into.
     *
     * @param name of a tensor of the base
     * @param tensor as it is in the base
     * @param adapted whether there is an adapter for it
     * @return the tensor itself, or in fp32 what its codes stand for
     */
    Tensor weight(String name, Tensor tensor, boolean adapted) {
        // The matrices of blocks are their linears; all else in a block is a vector.
        if (options.isEmpty() || !name.contains(BLOCKS) || !name.endsWith(MATRIX) || tensor.dim() != 2) {
            return tensor;
        }
        Tensor wide = tensor.to(ScalarType.Float);
        Tensor codes = QuantizedWeights.roundTrip(options.get(), wide);
        double error = AdapterMerge.squares(codes.sub(wide));
        weightSquares += AdapterMerge.squares(wide);
        errorSquares += error;
        adaptedErrorSquares += adapted ? error : 0;
        return intoOriginal ? tensor : codes;
    }

    /** What is to be said of it. */
    Optional<AdapterMerge.Quantized> result(double changeSquares) {
        return options.map(quantization -> new AdapterMerge.Quantized(
                intoOriginal, share(errorSquares, weightSquares), share(adaptedErrorSquares, changeSquares)));
    }

    private static double share(double squares, double ofSquares) {
        return ofSquares == 0 ? 0 : Math.sqrt(squares / ofSquares);
    }
}
