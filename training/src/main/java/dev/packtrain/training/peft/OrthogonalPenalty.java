package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.model.Parameter;
import java.util.function.IntSupplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code γ/n · Σ (‖A Aᵀ − I‖_F + ‖Bᵀ B − I‖_F)} over the n matrices of a model (AdaLoRA, formula 4; the mean and the root as
 * PEFT has them). It is part of what is minimised, and no part of the loss that is shown. Every pass of a step adds the part
 * of its gradient that the pass's label tokens have in the step, so a step adds it once.
 *
 * @param weight γ
 * @param numMatrices n
 * @param sums over the ranks that share a linear
 * @param pass the pass at hand
 */
record OrthogonalPenalty(double weight, IntSupplier numMatrices, PartialSums sums, TrainingPass pass) {
    /** Adds the gradients of A, {@code [R, I]}, and of B, {@code [O, R]}. */
    void backward(Parameter down, Parameter up) {
        double factor = weight * pass.shareOfStep() / numMatrices.getAsInt();
        if (factor != 0) {
            Tensor aRI = down.tensor().to(ScalarType.Float);
            Tensor bOR = up.tensor().to(ScalarType.Float);
            add(down, direction(down, aRI.mm(aRI.t())).mm(aRI), factor);
            add(up, bOR.mm(direction(up, bOR.t().mm(bOR))), factor);
        }
    }

    /** From a Gram matrix C of this rank's part to (C − I)/‖C − I‖ of the whole; zero where it is orthonormal. */
    private Tensor direction(Parameter of, Tensor gramRR) {
        if (!of.split().isWhole()) {
            sums.total(gramRR);
            gramRR.div_(new Scalar((long) of.split().numCopies()));
        }
        Tensor awayRR = gramRR.sub_(torch.eye(gramRR.size(0)).to(gramRR.device(), ScalarType.Float));
        double norm = awayRR.norm().item_double();
        return norm == 0 ? awayRR : awayRR.div_(new Scalar(norm));
    }

    /** d‖C − I‖ = 2 (C − I)/‖C − I‖ · A; ranks that hold the same part and add up what they have each add their share. */
    private static void add(Parameter to, Tensor direction, double factor) {
        int copies = to.partialGradient() ? to.split().numCopies() : 1;
        LeafGradient.of(to.tensor()).add_(direction, new Scalar(2 * factor / copies));
    }
}
