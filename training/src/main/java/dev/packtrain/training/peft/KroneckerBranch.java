package dev.packtrain.training.peft;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.LeafGradient;
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
 * {@code ΔW = s · W₁ ⊗ W₂} (Yeh et al. 2023, arXiv 2309.14859, section 3.2) without ever making it: with x as a matrix
 * {@code [U, V]} for every token, the result is {@code s · W₁ x W₂ᵀ}, {@code [P, Q]}. Either factor may be a product of rank R.
 *
 * <p>With the second factor as {@code W₂ = D C}, C {@code [S, V]}, and with rows of x {@code [T·U, V]} and of y {@code [T·P, Q]},
 * everything is a few large products whose results stand as the next one reads them, so that nothing is moved. Explicit
 * gradients:
 *
 * <pre>
 *   H  = C xᵀ     [S, T·U] = [S·T, U]        G = s · H W₁ᵀ     [S·T, P] = [S, T·P]        y += Gᵀ Dᵀ
 *   dG = Dᵀ dyᵀ   [S, T·P] = [S·T, P]        dH = s · dG W₁    [S·T, U] = [S, T·U]        dx += dHᵀ C
 *   dD = (G dy)ᵀ                             dW₁ = s · dGᵀ H                              dC = dH x
 * </pre>
 *
 * <p>Where W₂ is one matrix, it is C, and D is the identity: a product with that takes less time than to transpose.
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
    public void addTo(Tensor yTO, Tensor xTI) {
        Tensor outNP = inNU(xTI.contiguous()).mm(scaledOuterPU().t());
        outputRows(yTO).addmm_(side(outNP).t(), upQS().t());
    }

    @Override
    public void backward(Tensor xTI, Tensor gradTO, Tensor gradTI) {
        Tensor inTI = xTI.contiguous();
        Tensor inNU = inNU(inTI);
        Tensor outerPU = scaledOuterPU();
        Tensor gradNQ = outputRows(gradTO.contiguous());
        Tensor gradOutNP = upQS().t().mm(gradNQ.t()).view(-1, shape.outerOut());
        Tensor gradInSN = side(gradOutNP.mm(outerPU));
        inputRows(gradTI).addmm_(gradInSN.t(), downSV());
        add(inner.get(inner.size() - 1), gradInSN.mm(inputRows(inTI)));
        if (inner.size() == 2) {
            add(inner.get(0), side(inNU.mm(outerPU.t())).mm(gradNQ).t());
        }
        addOuter(gradOutNP.t().mm(inNU).mul_(new Scalar(scale)));
    }

    /** H, {@code [S·T, U]}. */
    private Tensor inNU(Tensor xTI) {
        return downSV().mm(inputRows(xTI).t()).view(-1, shape.outerIn());
    }

    private Tensor inputRows(Tensor tensorTI) {
        return tensorTI.view(-1, shape.innerIn());
    }

    private Tensor outputRows(Tensor tensorTO) {
        return tensorTO.view(-1, shape.innerOut());
    }

    /** With a row for each of S. */
    private Tensor side(Tensor tensor) {
        return tensor.view(downSV().size(0), -1);
    }

    /** C. */
    private Tensor downSV() {
        return inner.get(inner.size() - 1).tensor();
    }

    /** D. */
    private Tensor upQS() {
        return inner.size() == 2 ? inner.get(0).tensor() : identity(downSV());
    }

    private static Tensor identity(Tensor like) {
        Tensor zeros = TensorFactory.like(like).zeros(like.scalar_type().intern(), like.size(0), like.size(0));
        zeros.diagonal().fill_(new Scalar(1));
        return zeros;
    }

    /** {@code s · W₁}. */
    private Tensor scaledOuterPU() {
        Tensor first = outer.get(0).tensor();
        Tensor outerPU = outer.size() == 1 ? first : first.mm(outer.get(1).tensor());
        return outerPU.mul(new Scalar(scale));
    }

    private void addOuter(Tensor gradPU) {
        if (outer.size() == 1) {
            add(outer.get(0), gradPU);
        } else {
            add(outer.get(0), gradPU.mm(outer.get(1).tensor().t()));
            add(outer.get(1), outer.get(0).tensor().t().mm(gradPU));
        }
    }

    private static void add(Parameter factor, Tensor gradient) {
        LeafGradient.of(factor.tensor()).add_(gradient);
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
