package dev.packtrain.training.attention;

import dev.packtrain.training.device.TensorFactory;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Attention as it is written down: scores, mask, softmax, weighted sum, one document at a time, in the dtype and on the
 * device of its inputs. The oracle for the other kernels.
 *
 * <p>With P = softmax(QKᵀ/√D): dV = PᵀdO, dP = dO·Vᵀ, dS = P∘(dP − rowsum(dP∘P)), dQ = dS·K/√D, dK = dSᵀQ/√D.
 */
public final class ReferenceAttention implements AttentionKernel {
    @Override
    public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD, int[] cuSeqlens) {
        TensorVector outputs = new TensorVector();
        for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
            int begin = cuSeqlens[doc];
            int end = cuSeqlens[doc + 1];
            Tensor q = HeadGroups.document(qTHD, begin, end);
            Tensor k = HeadGroups.repeat(HeadGroups.document(kTGD, begin, end), q.size(1));
            Tensor v = HeadGroups.repeat(HeadGroups.document(vTGD, begin, end), q.size(1));
            outputs.push_back(HeadGroups.rows(probabilities(q, k).matmul(v)));
        }
        return new Forward(torch.cat(outputs), List.of());
    }

    @Override
    public Gradients backward(
            Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward, int[] cuSeqlens) {
        List<Tensor[]> perDocument = new ArrayList<>();
        for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
            int begin = cuSeqlens[doc];
            int end = cuSeqlens[doc + 1];
            Tensor q = HeadGroups.document(qTHD, begin, end);
            Tensor k = HeadGroups.repeat(HeadGroups.document(kTGD, begin, end), q.size(1));
            Tensor v = HeadGroups.repeat(HeadGroups.document(vTGD, begin, end), q.size(1));
            perDocument.add(documentBackward(HeadGroups.document(gradOTHD, begin, end), q, k, v, kTGD.size(1)));
        }
        return DocumentGradients.concatenate(perDocument);
    }

    private static Tensor[] documentBackward(Tensor dO, Tensor q, Tensor k, Tensor v, long numGroups) {
        Scalar scale = new Scalar(scale(q));
        Tensor p = probabilities(q, k);
        Tensor dV = p.transpose(-2, -1).matmul(dO);
        Tensor dP = dO.matmul(v.transpose(-2, -1));
        Tensor rowSum = dP.mul(p).sum(new long[] {-1}, true, new ScalarTypeOptional());
        Tensor dS = p.mul(dP.sub(rowSum)).mul(scale);
        Tensor dQ = dS.matmul(k);
        Tensor dK = dS.transpose(-2, -1).matmul(q);
        return new Tensor[] {dQ, HeadGroups.sum(dK, numGroups), HeadGroups.sum(dV, numGroups)};
    }

    private static Tensor probabilities(Tensor q1HND, Tensor k1HND) {
        long n = q1HND.size(2);
        Tensor future = TensorFactory.like(q1HND).ones(ScalarType.Bool, n, n).triu(1);
        Tensor scores = q1HND.matmul(k1HND.transpose(-2, -1)).mul(new Scalar(scale(q1HND)));
        return torch.softmax(scores.masked_fill(future, new Scalar(Double.NEGATIVE_INFINITY)), -1);
    }

    private static double scale(Tensor q1HND) {
        return 1 / Math.sqrt((double) q1HND.size(3));
    }

    @Override
    public String name() {
        return "reference";
    }
}
