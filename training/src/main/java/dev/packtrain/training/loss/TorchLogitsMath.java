package dev.packtrain.training.loss;

import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Any dtype on any device: softmax in fp32, fp64 for fp64 logits. */
final class TorchLogitsMath implements LogitsMath {
    @Override
    public double loss(Tensor logitsNV, int[] targets) {
        Tensor wideNV = wide(logitsNV);
        return nats(wideNV, torch.logsumexp(wideNV, new long[] {1}, true), targetsN1(logitsNV, targets));
    }

    @Override
    public double lossAndGradient(Tensor logitsNV, int[] targets, double scale) {
        Tensor wideNV = wide(logitsNV);
        Tensor targetsN1 = targetsN1(logitsNV, targets);
        Tensor lseN1 = torch.logsumexp(wideNV, new long[] {1}, true);
        final double nats = nats(wideNV, lseN1, targetsN1);
        Tensor gradNV = wideNV.sub_(lseN1).exp_();
        Tensor minusOneN1 = torch.zeros_like(lseN1).sub_(new Scalar(1));
        gradNV.scatter_add_(1, targetsN1, minusOneN1).mul_(new Scalar(scale));
        if (!gradNV.is_alias_of(logitsNV)) {
            logitsNV.copy_(gradNV);
        }
        return nats;
    }

    static Tensor wide(Tensor logitsNV) {
        ScalarType dtype = logitsNV.scalar_type().intern();
        return dtype == ScalarType.Double ? logitsNV : logitsNV.to(ScalarType.Float);
    }

    private static Tensor targetsN1(Tensor like, int[] targets) {
        return TensorFactory.like(like).ints(targets).unsqueeze(1);
    }

    private static double nats(Tensor logitsNV, Tensor lseN1, Tensor targetsN1) {
        return lseN1.sub(logitsNV.gather(1, targetsN1))
                .to(ScalarType.Double)
                .sum()
                .item_double();
    }
}
