package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code y = g ⊙ z + b} with {@code z = W x + s·B A d(x)}, {@code g = m / c}, {@code c = ‖W + s·B A‖} by rows. c is a constant
 * in the gradient (section 4.3 of the paper, and PEFT). With u = A d(x), {@code dz = g ⊙ dy} and explicit gradients:
 *
 * <pre>
 *   E  = Σₜ dy uᵀ                      [O, R]
 *   dm = (Σₜ dy ⊙ W x + s · Σᵣ B ⊙ E) / c
 *   dB = s · g ⊙ E
 *   h  = s · dz B
 *   dA = hᵀ d(x)
 *   dx = base's of dz + d'(h A)
 * </pre>
 *
 * <p>W x is computed once more for dm: layers keep no outputs.
 *
 * <p>W + s·B A is never made: {@code c² = ‖W‖² + Σᵣ B ⊙ (2s·W Aᵀ + s²·B A Aᵀ)}, which asks the base for R rows only.
 *
 * @param lora base and branch
 * @param magnitude m, {@code [O]}
 * @param squaresO ‖W‖² of the whole rows of W, fp32 (fp64 in a model of fp64)
 * @param biasO b, what the base adds to every row on this rank
 * @param sums over the ranks that have other columns of W
 */
record DoraLinear(LoraLinear lora, Parameter magnitude, Tensor squaresO, Optional<Tensor> biasO, PartialSums sums)
        implements DecoratedLinear {
    @Override
    public Linear base() {
        return lora;
    }

    @Override
    public Tensor apply(Tensor xTI) {
        Tensor yTO = lora.apply(xTI);
        TensorScope.run(() -> {
            Tensor gO = magnitude.tensor().div(normO()).to(yTO.scalar_type().intern());
            yTO.mul_(gO);
            // With g = 1 this adds exact zeros.
            biasO.ifPresent(bO -> yTO.add_(bO.sub(bO.mul(gO))));
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        return TensorScope.one(() -> {
            Tensor cO = normO();
            Tensor gO = magnitude.tensor().div(cO).to(gradTO.scalar_type().intern());
            Dropout dropout = lora.dropout();
            Optional<Tensor> kept = dropout.kept(xTI);
            Tensor inTI = kept.map(xTI::mul).orElse(xTI);
            Scalar scalar = new Scalar(lora.scale() * dropout.scale());
            Tensor changeRO = downRI().mm(inTI.t()).mm(gradTO).mul_(scalar);
            Tensor scratchTO = lora.base().apply(xTI);
            biasO.ifPresent(scratchTO::sub_);
            Tensor sumO = scratchTO.mul_(gradTO).sum(new long[] {0}, false, new ScalarTypeOptional(wide()));
            LeafGradient.of(magnitude.tensor())
                    .add_(sumO.add_(sumWithUp(changeRO)).div_(cO));
            LeafGradient.of(lora.up().tensor()).addcmul_(changeRO.t(), gO.unsqueeze(1));
            Tensor gradZTO = torch.mul_out(scratchTO, gradTO, gO);
            Tensor gradTI = lora.base().backward(xTI, gradZTO, sumTI);
            Tensor hRT = upOR().t().mm(gradZTO.t()).mul_(scalar);
            LeafGradient.of(lora.down().tensor()).addmm_(hRT, inTI);
            return kept.isPresent()
                    ? gradTI.add_(hRT.t().mm(downRI()).mul_(kept.get()))
                    : gradTI.addmm_(hRT.t(), downRI());
        });
    }

    /** c, a constant, and the same in the whole pass. */
    private Tensor normO() {
        return lora.dropout().pass().once(magnitude.tensor(), this::freshNormO);
    }

    private Tensor freshNormO() {
        return TensorScope.one(() -> {
            Tensor productRO = lora.base().apply(downRI());
            biasO.ifPresent(productRO::sub_);
            Tensor gramRR = downRI().mm(downRI().t());
            double s = lora.scale();
            productRO.addmm_(gramRR, upOR().t(), new Scalar(2 * s), new Scalar(s * s));
            Tensor changeO = sumWithUp(productRO);
            if (lora.split() == LinearSplit.ROW) {
                sums.total(changeO);
            }
            // Rounding may leave less than nothing of a row that the branch has taken away.
            return changeO.add_(squaresO)
                    .clamp_min_(new Scalar(Float.MIN_NORMAL))
                    .sqrt_();
        });
    }

    private Tensor downRI() {
        return lora.down().tensor().detach();
    }

    private Tensor upOR() {
        return lora.up().tensor().detach();
    }

    /** {@code Σᵣ B ⊙} a matrix. */
    private Tensor sumWithUp(Tensor tensorRO) {
        return tensorRO.mul(upOR().t()).sum(new long[] {0}, false, new ScalarTypeOptional(wide()));
    }

    private ScalarType wide() {
        return squaresO.scalar_type().intern();
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(lora.parameters().stream(), Stream.of(magnitude)).toList();
    }
}
