package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** On any device: libtorch's operations, about ten passes over memory. */
final class TorchFlatMath implements FlatMath {
    /** Elements of a temporary copy. */
    private static final long BLOCK = 1L << 24;

    private final FlatParameters parameters;

    TorchFlatMath(FlatParameters parameters) {
        this.parameters = parameters;
    }

    @Override
    public double gradNorm() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            TensorVector norms = new TensorVector();
            for (FlatParameters.Slice slice : parameters.slices()) {
                Tensor grad = parameters.mainGrads().narrow(0, slice.offset(), slice.numElements());
                norms.push_back(torch.linalg_vector_norm(grad.to(ScalarType.Float)));
            }
            return torch.linalg_vector_norm(torch.stack(norms)).item_double();
        }
    }

    @Override
    public void update(long from, long to, AdamWStep step, Moments moments) {
        for (long begin = from; begin < to; begin += BLOCK) {
            updateBlock(begin, Math.min(begin + BLOCK, to), step, moments);
        }
    }

    private void updateBlock(long from, long to, AdamWStep step, Moments moments) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            long length = to - from;
            Tensor weight = parameters.masterWeights(from, to);
            Tensor grad = parameters
                    .mainGrads()
                    .narrow(0, from, length)
                    .to(ScalarType.Float)
                    .mul(new Scalar(step.gradScale()));
            Tensor mean = moments.first().narrow(0, from, length);
            Tensor variance = moments.second().narrow(0, from, length);
            double correction1 = 1 - Math.pow(step.beta1(), (double) step.step());
            double correction2 = 1 - Math.pow(step.beta2(), (double) step.step());
            weight.mul_(new Scalar(1 - step.learningRate() * step.weightDecay()));
            mean.lerp_(grad, new Scalar(1 - step.beta1()));
            variance.mul_(new Scalar(step.beta2())).addcmul_(grad, grad, new Scalar(1 - step.beta2()));
            Tensor root =
                    variance.sqrt().div_(new Scalar(Math.sqrt(correction2))).add_(new Scalar(step.epsilon()));
            weight.addcdiv_(mean, root, new Scalar(-step.learningRate() / correction1));
            if (parameters.remainders().isPresent()) {
                parameters.masterWeights(from, weight);
            }
        }
    }
}
