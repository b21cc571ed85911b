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
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code y = g ⊙ z + b} with {@code z = W x + s·B A d(x)}, {@code g = m / c}, {@code c = ‖W + s·B A‖} by rows. c is a constant
 * in the gradient (section 4.3 of the paper, and PEFT):
 *
 * <pre>
 *   dz = g ⊙ dy      with which A, B and x get LoRA's gradients
 *   dm = Σₜ dy ⊙ z / c
 * </pre>
 *
 * <p>W + s·B A is never made: {@code c² = ‖W‖² + 2s·Σᵣ (W Aᵀ) ⊙ B + s²·Σᵣ (B A Aᵀ) ⊙ B}, which asks the base for R rows only.
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
            if (biasO.isPresent()) {
                // With g = 1 this adds exact zeros.
                yTO.add_(yTO.sub(biasO.get()).mul_(gO.sub(new Scalar(1))));
            } else {
                yTO.mul_(gO);
            }
        });
        return yTO;
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        return TensorScope.one(() -> {
            Tensor cO = normO();
            Tensor zTO = lora.apply(xTI);
            biasO.ifPresent(zTO::sub_);
            Tensor sumO = zTO.mul_(gradTO).sum(new long[] {0}, false, new ScalarTypeOptional(wide()));
            LeafGradient.of(magnitude.tensor()).add_(sumO.div_(cO));
            Tensor gO = magnitude.tensor().div(cO).to(gradTO.scalar_type().intern());
            return lora.backward(xTI, gradTO.mul(gO), sumTI);
        });
    }

    /** c, a constant. */
    private Tensor normO() {
        return TensorScope.one(() -> {
            Tensor downRI = lora.down().tensor().detach();
            Tensor upOR = lora.up().tensor().detach();
            Tensor productRO = lora.base().apply(downRI);
            biasO.ifPresent(productRO::sub_);
            Tensor gramOR = upOR.mm(downRI.mm(downRI.t()));
            Tensor changeO = bySum(productRO.t().mul(upOR), 2 * lora.scale())
                    .add_(bySum(gramOR.mul_(upOR), lora.scale() * lora.scale()));
            if (lora.split() == LinearSplit.ROW) {
                sums.total(changeO);
            }
            // Rounding may leave less than nothing of a row that the branch has taken away.
            return changeO.add_(squaresO)
                    .clamp_min_(new Scalar(Float.MIN_NORMAL))
                    .sqrt_();
        });
    }

    private Tensor bySum(Tensor tensorOR, double factor) {
        return tensorOR.sum(new long[] {1}, false, new ScalarTypeOptional(wide()))
                .mul_(new Scalar(factor));
    }

    private ScalarType wide() {
        return squaresO.scalar_type().intern();
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(lora.parameters().stream(), Stream.of(magnitude)).toList();
    }
}
