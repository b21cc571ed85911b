package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.training.device.CheckNumbers;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.PassesCheck;
import dev.packtrain.training.device.TensorFactory;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * AdamW of a GPU beside the CPU's kernel, whose bits it has to have, and its sums of squares beside libtorch's in fp64: fp64 too, so n numbers
 * may be off by n · 2⁻⁵³ of their sum on either side.
 */
public final class FlatCheck implements PassesCheck {
    /** Three blocks, the last of them not full and without a multiple of 8. */
    private static final int COUNT = 2_501;

    private static final double MOST_OF_SQUARES = 2 * COUNT * 0x1p-53;
    private static final AdamWStep STEP = new AdamWStep(7, 1e-2, 0.9, 0.95, 1e-8, 0.1, 0.5);

    @Override
    public void run(CudaPasses passes, TensorFactory memory, KernelAgreement agreement) {
        CheckNumbers numbers = new CheckNumbers(memory);
        FlatMath ours = new CudaFlatMath(passes);
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            Tensor values = numbers.normal(dtype, 21, COUNT);
            double wanted = CheckNumbers.exact(values).square().sum().item_double();
            agreement.near("squares", ours.squares(numbers.there(values)), wanted, MOST_OF_SQUARES * wanted);
        }
        update(ScalarType.Float, ScalarType.Float, ScalarType.Float, ours, numbers, agreement);
        update(ScalarType.BFloat16, ScalarType.Float, ScalarType.Float, ours, numbers, agreement);
        update(ScalarType.BFloat16, ScalarType.BFloat16, ScalarType.BFloat16, ours, numbers, agreement);
    }

    private static void update(
            ScalarType weights,
            ScalarType grads,
            ScalarType moments,
            FlatMath ours,
            CheckNumbers numbers,
            KernelAgreement agreement) {
        AdamWSlice wanted = slice(weights, grads, moments, numbers);
        AdamWSlice there = new AdamWSlice(
                numbers.there(wanted.weights()),
                wanted.remainders().map(numbers::there),
                numbers.there(wanted.grads()),
                numbers.there(wanted.first()),
                numbers.there(wanted.second()),
                wanted.number());
        ours.update(there, STEP);
        new CpuFlatMath().update(wanted, STEP);
        List<Tensor> got = tensors(there);
        List<Tensor> expected = tensors(wanted);
        for (int i = 0; i < got.size(); i++) {
            agreement.same("adamw_step", got.get(i), expected.get(i));
        }
    }

    private static AdamWSlice slice(ScalarType weights, ScalarType grads, ScalarType moments, CheckNumbers numbers) {
        Optional<Tensor> remainders = weights == ScalarType.Float
                ? Optional.empty()
                : Optional.of(new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Short, COUNT));
        return new AdamWSlice(
                numbers.normal(weights, 22, COUNT),
                remainders,
                numbers.normal(grads, 23, COUNT),
                numbers.normal(moments, 24, COUNT),
                numbers.normal(moments, 25, COUNT).abs(),
                1_000);
    }

    private static List<Tensor> tensors(AdamWSlice slice) {
        return Stream.concat(Stream.of(slice.weights(), slice.first(), slice.second()), slice.remainders().stream())
                .toList();
    }
}
