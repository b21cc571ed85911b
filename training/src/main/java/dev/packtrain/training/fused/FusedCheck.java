package dev.packtrain.training.fused;

import dev.packtrain.training.device.CheckNumbers;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.PassesCheck;
import dev.packtrain.training.device.TensorFactory;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Norms, rotary positions and SwiGLU of a GPU beside libtorch's operations in fp64.
 *
 * <p>Units of fp32 ({@link KernelAgreement}): a warp sums a row, so that a number of it goes through E/32 additions and 5 between lanes, and
 * the rest of a norm takes fewer than 11 operations: E/32 + 16. Its gradients add such a sum, and one over T rows, to terms that are at most four
 * times the largest result. A turn has 3 operations on two terms. σ of numbers below 5 is off by 24 units for its exponential and
 * 4 more; SwiGLU takes 3 more operations, its gradient terms of at most four times the largest result.
 */
public final class FusedCheck implements PassesCheck {
    private static final double EPS = 1e-5;
    /** Σ of terms over the largest result, of the numbers that are checked. */
    private static final int CANCELLED = 4;

    private static final int TURN_UNITS = 8;
    private static final int SWIGLU_UNITS = 32;

    @Override
    public void run(CudaPasses passes, TensorFactory memory, KernelAgreement agreement) {
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            FusedOps ops = NativeFusedOps.onGpu(dtype, passes, memory);
            OfDtype each = new OfDtype(dtype, ops, new TorchFusedOps(), new CheckNumbers(memory), agreement);
            // Two blocks of columns; then two runs of rows for the gradient of the weight.
            each.norms(5, 1_032);
            each.norms(66, 37);
            each.turns(5, 8, 128);
            each.turns(66, 3, 6);
            each.swiglu(5, 1_032);
            each.swiglu(66, 37);
        }
    }

    private record OfDtype(
            ScalarType dtype, FusedOps ours, FusedOps wanted, CheckNumbers numbers, KernelAgreement agreement) {
        void norms(long tokens, long width) {
            double units = width / 32.0 + 16;
            Tensor x = numbers.normal(dtype, 1, tokens, width);
            Tensor branch = numbers.normal(dtype, 2, tokens, width);
            Tensor weight = numbers.normal(dtype, 3, width);
            NormScale scale = new NormScale(numbers.there(weight).requires_grad_(true), EPS);
            NormScale exactScale = new NormScale(CheckNumbers.exact(weight).requires_grad_(true), EPS);

            Tensor sumThere = numbers.there(branch);
            FusedOps.Normed added = ours.addNorm(numbers.there(x), sumThere, scale);
            agreement.near("norm", sumThere, CheckNumbers.exact(x).add(CheckNumbers.exact(branch)), 1, 1);
            // From the sum as it was rounded.
            FusedOps.Normed exactAdded = wanted.norm(CheckNumbers.exact(sumThere.cpu()), exactScale);
            agreement.near("norm", added.y(), exactAdded.y(), 1, units);
            agreement.near("norm", added.rstd(), exactAdded.rstd(), 1, units);

            Tensor xThere = numbers.there(x);
            FusedOps.Normed normed = ours.norm(xThere, scale);
            FusedOps.Normed exact = wanted.norm(CheckNumbers.exact(x), exactScale);
            agreement.near("norm", normed.y(), exact.y(), 1, units);
            agreement.near("norm", normed.rstd(), exact.rstd(), 1, units);
            agreement.near("renorm", ours.renorm(xThere, normed.rstd(), scale), exact.y(), 1, units);

            Tensor grad = numbers.normal(dtype, 4, tokens, width);
            Tensor streamThere = numbers.there(branch);
            ours.normGrad(numbers.there(grad), xThere, normed.rstd(), scale, streamThere);
            Tensor exactStream = CheckNumbers.exact(branch);
            wanted.normGrad(CheckNumbers.exact(grad), CheckNumbers.exact(x), exact.rstd(), exactScale, exactStream);
            agreement.near("norm_grad", streamThere, exactStream, 1, CANCELLED * units);
            Tensor gradWeight = exactScale.weight().grad();
            agreement.near("norm_weight_grad", scale.weight().grad(), gradWeight, 1, CANCELLED * (units + tokens));
        }

        void turns(long tokens, long heads, long width) {
            Tensor x = numbers.normal(dtype, 5, tokens, 2, heads, width);
            Tensor angles =
                    numbers.normal(ScalarType.Float, 6, tokens, width / 2).mul_(new Scalar(5.0));
            RotaryTables tables = new RotaryTables(angles.cos(), angles.sin());
            RotaryTables tablesThere = new RotaryTables(numbers.there(tables.cos()), numbers.there(tables.sin()));
            RotaryTables exactTables =
                    new RotaryTables(CheckNumbers.exact(tables.cos()), CheckNumbers.exact(tables.sin()));
            for (boolean transposed : new boolean[] {false, true}) {
                Tensor there = numbers.there(x);
                Tensor exact = CheckNumbers.exact(x);
                // Heads beside others, which stay as they are.
                ours.rope(there.select(1, 0), tablesThere, transposed);
                wanted.rope(exact.select(1, 0), exactTables, transposed);
                agreement.near("rope", there, exact, 1, TURN_UNITS);
            }
        }

        void swiglu(long tokens, long width) {
            Tensor gateUp = numbers.normal(dtype, 7, tokens, 2, width);
            Tensor grad = numbers.normal(dtype, 8, tokens, width);
            Tensor there = numbers.there(gateUp);
            Tensor exact = CheckNumbers.exact(gateUp);
            Tensor y = ours.swiglu(there.select(1, 0), there.select(1, 1));
            agreement.near("swiglu", y, wanted.swiglu(exact.select(1, 0), exact.select(1, 1)), 1, SWIGLU_UNITS);
            ours.swigluGrad(numbers.there(grad), there.select(1, 0), there.select(1, 1));
            wanted.swigluGrad(CheckNumbers.exact(grad), exact.select(1, 0), exact.select(1, 1));
            agreement.near("swiglu_grad", there, exact, 1, CANCELLED * SWIGLU_UNITS);
        }
    }
}
