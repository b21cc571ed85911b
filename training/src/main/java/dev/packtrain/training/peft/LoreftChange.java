package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Intervention;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code d(h + Rᵀ(W h + b − R h))} (Wu et al. 2024, arXiv 2404.03592, equation 2) at some tokens, in fp32 or wider. R is the {@link
 * PolarFactor} of what is trained, so its rows are orthonormal in every step; d is dropout, of the whole result, as in the
 * authors' pyreft. With c = W h + b − R h, m what dropout multiplies with, and g = m · dL/d(d(…)):
 *
 * <pre>
 *   dc = g Rᵀ    dW = dcᵀ h    db = Σ dc    dR = cᵀ g − dcᵀ h    dh = g + dc (W − R)
 * </pre>
 *
 * @param source W, {@code [R, E]}
 * @param bias b, {@code [R]}
 * @param rotation what R is the polar factor of, {@code [R, E]}
 * @param prompts which tokens
 * @param dropout d
 */
record LoreftChange(Parameter source, Parameter bias, Parameter rotation, PromptRows prompts, Dropout dropout)
        implements Intervention {
    List<Parameter> parameters() {
        return List.of(source, bias, rotation);
    }

    @Override
    public Optional<Tensor> rows(long firstRow, long numRows) {
        int[] rows = prompts.among(firstRow, numRows);
        return rows.length == 0
                ? Optional.empty()
                : Optional.of(TensorFactory.like(source.tensor()).ints(rows));
    }

    @Override
    public Segment change(long firstRow, Tensor rowsP) {
        return new AtRows(firstRow, rowsP);
    }

    /** The change of some tokens: what comes of them less what they were. */
    private final class AtRows implements Segment {
        private final long firstRow;
        private final Tensor rowsP;

        AtRows(long firstRow, Tensor rowsP) {
            this.firstRow = firstRow;
            this.rowsP = rowsP;
        }

        @Override
        public Tensor[] apply(Tensor hPE) {
            return TensorScope.many(() -> {
                PolarFactor r = PolarFactor.of(wide(rotation));
                Tensor h = wide(hPE);
                Tensor addedPE = reduced(h, r.qRE()).mm(r.qRE());
                Tensor changePE = dropout.isOn() ? dropped(addedPE.add_(h)).sub_(h) : addedPE;
                return new Tensor[] {changePE.to(hPE.scalar_type().intern())};
            });
        }

        @Override
        public Tensor backward(Tensor xPE, Tensor... gradients) {
            return TensorScope.one(() -> {
                Tensor h = wide(xPE);
                Tensor gradPE = wide(gradients[0]);
                Tensor g = dropped(gradPE);
                PolarFactor r = PolarFactor.of(wide(rotation));
                Tensor c = reduced(h, r.qRE());
                Tensor dC = g.mm(r.qRE().t());
                Tensor dW = dC.t().mm(h);
                add(source, dW);
                add(bias, dC.sum(new long[] {0}, false, new ScalarTypeOptional()));
                add(rotation, r.backward(c.t().mm(g).sub(dW)));
                Tensor dH = dC.mm(wide(source).sub(r.qRE()));
                return (dropout.isOn() ? dH.add_(g).sub_(gradPE) : dH)
                        .to(xPE.scalar_type().intern());
            });
        }

        /** m times a matrix. */
        private Tensor dropped(Tensor matrixPE) {
            return dropout.kept(matrixPE.size(1), rowsP.add(new Scalar(firstRow)))
                    .map(kept -> matrixPE.mul(kept).mul_(new Scalar(dropout.scale())))
                    .orElse(matrixPE);
        }
    }

    /** c. */
    private Tensor reduced(Tensor hPE, Tensor rRE) {
        return wide(bias).addmm(hPE, wide(source).sub(rRE).t());
    }

    private static void add(Parameter parameter, Tensor gradient) {
        LeafGradient.of(parameter.tensor())
                .add_(gradient.to(parameter.tensor().scalar_type().intern()));
    }

    private static Tensor wide(Parameter parameter) {
        return wide(parameter.tensor());
    }

    private static Tensor wide(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Double
                ? tensor.detach()
                : tensor.detach().to(ScalarType.Float);
    }
}
