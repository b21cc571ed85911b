package dev.packtrain.training.quantize;

import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.training.device.CheckNumbers;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.PassesCheck;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Quantised matrices of a GPU beside libtorch's operations: the numbers themselves to the last bit, products of a few tokens in fp64.
 *
 * <p>Units of fp32 ({@link KernelAgreement}): a lane adds I/32 products, then 5 between lanes; of the numbers that are checked the terms of a sum
 * together are at most 16 times the largest result.
 */
public final class QuantizedCheck implements PassesCheck {
    private static final int OUT = 6;
    private static final int TOKENS = 3;
    /** Of a part in the middle of a matrix: two blocks of 1,024 columns. */
    private static final int FIRST = 64;

    private static final int IN = 1_088;
    private static final double UNITS = 16 * (IN / 32.0 + 5);

    @Override
    public void run(CudaPasses passes, TensorFactory memory, KernelAgreement agreement) {
        CheckNumbers numbers = new CheckNumbers(memory);
        Tensor weight = numbers.normal(ScalarType.Float, 31, OUT, FIRST + IN);
        Tensor x = numbers.normal(ScalarType.BFloat16, 32, TOKENS, IN);
        for (Algorithm algorithm : Algorithm.values()) {
            boolean twice = algorithm == Algorithm.NF4;
            QuantizedLayout layout =
                    QuantizedWeights.layout(QuantizationOptions.of(algorithm, twice), weight.shape(), 1, FIRST, IN);
            Tensor bytes = WeightQuantizer.quantize(layout, OUT, (first, count) -> weight.narrow(0, first, count));
            QuantizedProduct ours = new CudaQuantizedProduct(layout, passes, memory);
            Tensor there = numbers.there(bytes);
            Tensor wanted = new TorchQuantizedProduct(layout, ScalarType.BFloat16).dense(bytes);
            agreement.same("quantized_dequantize (bf16)", ours.dense(there), wanted);
            Tensor product = CheckNumbers.exact(x).mm(CheckNumbers.exact(wanted).t());
            agreement.near("quantized_product", ours.apply(there, numbers.there(x)), product, 1, UNITS);
        }
    }
}
