package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On any device: libtorch's operations, about ten passes over memory. */
final class TorchFlatMath implements FlatMath {
    /** Elements of a temporary copy. */
    private static final long BLOCK = 1L << 24;

    @Override
    public boolean roundsMoments() {
        return false;
    }

    @Override
    public double squares(Tensor values) {
        double sum = 0;
        for (long from = 0; from < values.numel(); from += BLOCK) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                Tensor block = values.narrow(0, from, Math.min(BLOCK, values.numel() - from));
                double norm =
                        torch.linalg_vector_norm(block.to(ScalarType.Float)).item_double();
                sum += norm * norm;
            }
        }
        return sum;
    }

    @Override
    public void update(AdamWSlice slice, AdamWStep step) {
        for (long from = 0; from < slice.numElements(); from += BLOCK) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                updateBlock(slice.range(from, Math.min(from + BLOCK, slice.numElements())), step);
            }
        }
    }

    private static void updateBlock(AdamWSlice slice, AdamWStep step) {
        Tensor weight = slice.masterWeights();
        Tensor grad = slice.grads().to(ScalarType.Float).mul(new Scalar(step.gradScale()));
        Tensor mean = slice.first();
        Tensor variance = slice.second();
        double correction1 = 1 - Math.pow(step.beta1(), (double) step.step());
        double correction2 = 1 - Math.pow(step.beta2(), (double) step.step());
        weight.mul_(new Scalar(1 - step.learningRate() * step.weightDecay()));
        mean.lerp_(grad, new Scalar(1 - step.beta1()));
        variance.mul_(new Scalar(step.beta2())).addcmul_(grad, grad, new Scalar(1 - step.beta2()));
        Tensor root = variance.sqrt().div_(new Scalar(Math.sqrt(correction2))).add_(new Scalar(step.epsilon()));
        weight.addcdiv_(mean, root, new Scalar(-step.learningRate() / correction1));
        if (slice.remainders().isPresent()) {
            slice.masterWeights(weight);
        }
    }
}
