package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention as it is written down: scores, mask, softmax, weighted sum, over the whole pack, in the dtype and on the device
 * of its inputs. Any mask, any floating-point dtype, memory for all T × T scores of all heads: the oracle for the other
 * kernels.
 *
 * <p>With P = softmax(QKᵀ·scale): dV = PᵀdO, dP = dO·Vᵀ, dS = P∘(dP − rowsum(dP∘P)), dQ = dS·K·scale, dK = dSᵀQ·scale.
 */
public final class ReferenceAttention implements AttentionKernel {
    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        Kept kept = new Kept();
        return TensorScope.value(() -> new Prepared(kept.keep(hidden(mask)), scale, kept));
    }

    private static Tensor hidden(FlashMask mask) {
        Tensor rows = torch.arange(new Scalar(mask.numRows())).unsqueeze(1);
        Tensor lower = between(rows, mask.lowerStarts(), mask.lowerEnds());
        Tensor hidden = lower.logical_or(between(rows, mask.upperStarts(), mask.upperEnds()));
        Tensor future = rows.lt(torch.arange(new Scalar(mask.numKeys())));
        return mask.causal() ? hidden.logical_or(future) : hidden;
    }

    private static Tensor between(Tensor rows, int[] starts, int[] ends) {
        TensorFactory cpu = new TensorFactory(ComputeDevice.CPU);
        return rows.ge(cpu.ints(starts)).logical_and(rows.lt(cpu.ints(ends)));
    }

    private record Prepared(Tensor hiddenTT, double scale, Kept kept) implements PackAttention {
        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            Tensor q = heads(qTHD);
            Tensor v = HeadGroups.repeat(heads(vTGD), q.size(1));
            Tensor p = probabilities(q, HeadGroups.repeat(heads(kTGD), q.size(1)));
            return new Forward(HeadGroups.rows(p.matmul(v)), List.of());
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            Tensor dO = heads(gradOTHD);
            Tensor q = heads(qTHD);
            Tensor k = HeadGroups.repeat(heads(kTGD), q.size(1));
            Tensor v = HeadGroups.repeat(heads(vTGD), q.size(1));
            Tensor p = probabilities(q, k);
            Tensor dV = p.transpose(-2, -1).matmul(dO);
            Tensor dP = dO.matmul(v.transpose(-2, -1));
            Tensor rowSum = dP.mul(p).sum(new long[] {-1}, true, new ScalarTypeOptional());
            Tensor dS = p.mul(dP.sub(rowSum)).mul(new Scalar(scale));
            Tensor dK = dS.transpose(-2, -1).matmul(q);
            return new Gradients(
                    HeadGroups.rows(dS.matmul(k)),
                    HeadGroups.rows(HeadGroups.sum(dK, kTGD.size(1))),
                    HeadGroups.rows(HeadGroups.sum(dV, kTGD.size(1))));
        }

        private static Tensor heads(Tensor xTHD) {
            return HeadGroups.document(xTHD, 0, (int) xTHD.size(0));
        }

        private Tensor probabilities(Tensor q1HTD, Tensor k1HTD) {
            Tensor hidden = TensorFactory.like(q1HTD).toDevice(hiddenTT);
            Tensor scores = q1HTD.matmul(k1HTD.transpose(-2, -1)).mul(new Scalar(scale));
            Tensor p = torch.softmax(scores.masked_fill(hidden, new Scalar(Double.NEGATIVE_INFINITY)), -1);
            // A row that sees nothing is 0/0 so far.
            return p.masked_fill(hidden, new Scalar(0.0));
        }

        @Override
        public void close() {
            kept.close();
        }
    }

    @Override
    public String name() {
        return "reference";
    }
}
