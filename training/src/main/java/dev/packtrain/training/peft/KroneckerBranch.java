package dev.packtrain.training.peft;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code ΔW = s · W₁ ⊗ W₂} (Yeh et al. 2023, arXiv 2309.14859, section 3.2) without ever making it: with x as a matrix X
 * {@code [outerIn, innerIn]} for every token, the result is {@code s · W₁ X W₂ᵀ}. Either factor may be a product of rank R.
 *
 * @param shape of the factors
 * @param outer W₁, or its two factors
 * @param inner W₂, or its two factors
 * @param scale s
 */
record KroneckerBranch(KroneckerShape shape, List<Parameter> outer, List<Parameter> inner, double scale)
        implements Branch {
    private static final String OUTER = "lokr_w1";
    private static final String INNER = "lokr_w2";

    /** As PEFT begins: W₁ (or its first factor) zero, the others Kaiming-uniform with a = √5. */
    static KroneckerBranch fresh(
            String module, Linear base, KroneckerShape shape, int rank, double scale, AdapterTensors tensors) {
        Factors factors = new Factors(module + ".", base, rank, tensors);
        return new KroneckerBranch(
                shape,
                factors.of(OUTER, shape.outerOut(), shape.outerIn(), shape.outerIsProduct(), true),
                factors.of(INNER, shape.innerOut(), shape.innerIn(), shape.innerIsProduct(), false),
                scale);
    }

    private record Factors(String prefix, Linear base, int rank, AdapterTensors tensors) {
        List<Parameter> of(String name, long numOut, long numIn, boolean product, boolean zero) {
            if (!product) {
                return List.of(factor(name, numOut, numIn, zero));
            }
            return List.of(factor(name + "_a", numOut, rank, zero), factor(name + "_b", rank, numIn, false));
        }

        private Parameter factor(String name, long rows, long columns, boolean zero) {
            String fullName = prefix + name;
            Supplier<Tensor> initial = zero
                    ? () -> new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Float, rows, columns)
                    : () -> ReproducibleBits.uniform(
                            ReproducibleBits.key(tensors.seed(), fullName),
                            TensorSplit.whole(new long[] {rows, columns}),
                            1 / Math.sqrt((double) columns));
            return tensors.parameter(fullName, base.like(), LowRankSplits.inner(base, rows, columns), initial);
        }
    }

    @Override
    public Tensor apply(Tensor xTI) {
        Tensor xTUV = xTI.reshape(-1, shape.outerIn(), shape.innerIn());
        Tensor innerTUV = xTUV;
        for (int i = inner.size() - 1; i >= 0; i--) {
            innerTUV = torch.linear(innerTUV, inner.get(i).tensor());
        }
        Tensor outer1 = outer.get(0).tensor();
        Tensor outerUU = outer.size() == 1 ? outer1 : outer1.mm(outer.get(1).tensor());
        return outerUU.mul(new Scalar(scale)).matmul(innerTUV).reshape(-1, shape.outerOut() * shape.innerOut());
    }

    /** {@code W₁ ⊗ W₂} of tensors by their names, for merging. */
    static Tensor product(KroneckerShape shape, Function<String, Tensor> adapter) {
        return torch.kron(
                factor(OUTER, shape.outerIsProduct(), adapter), factor(INNER, shape.innerIsProduct(), adapter));
    }

    private static Tensor factor(String name, boolean product, Function<String, Tensor> adapter) {
        return product ? adapter.apply(name + "_a").mm(adapter.apply(name + "_b")) : adapter.apply(name);
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>(outer);
        all.addAll(inner);
        return List.copyOf(all);
    }
}
