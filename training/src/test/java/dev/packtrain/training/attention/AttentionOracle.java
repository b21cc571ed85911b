package dev.packtrain.training.attention;

import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Another formulation of attention: fp64, one answer of the mask for each score, differentiated by autograd. */
final class AttentionOracle {
    private AttentionOracle() {}

    /** Output and the gradients of queries, keys and values. */
    static List<Tensor> run(AttentionCase shape, double scale, AttentionCase.Values rounded) {
        AttentionCase.Values values = rounded.to(ScalarType.Double);
        Tensor q = values.q().detach().requires_grad_(true);
        Tensor k = values.k().detach().requires_grad_(true);
        Tensor v = values.v().detach().requires_grad_(true);
        long repeats = shape.numHeads() / shape.numGroups();
        LongOptional dim = new LongOptional(1);
        Tensor kHTD = k.repeat_interleave(repeats, dim, new LongOptional()).transpose(0, 1);
        Tensor vHTD = v.repeat_interleave(repeats, dim, new LongOptional()).transpose(0, 1);
        Tensor visible = visible(shape);
        // A large negative number, not −∞: a row that sees nothing then has finite, equal weights, which go to 0 next.
        Tensor scores = q.transpose(0, 1)
                .matmul(kHTD.transpose(1, 2))
                .mul(new Scalar(scale))
                .masked_fill(visible.logical_not(), new Scalar(-1e300));
        Tensor weights = torch.softmax(scores, -1).mul(visible.to(ScalarType.Double));
        Tensor o = weights.matmul(vHTD).transpose(0, 1);
        torch.backward(
                new TensorVector(o), new TensorVector(values.dO()), new BoolOptional(false), false, new TensorVector());
        return List.of(o.detach(), q.grad(), k.grad(), v.grad());
    }

    private static Tensor visible(AttentionCase shape) {
        int n = shape.numTokens();
        long[] visible = new long[n * n];
        for (int row = 0; row < n; row++) {
            for (int key = 0; key < n; key++) {
                visible[row * n + key] = shape.mask().visible(row, key) ? 1 : 0;
            }
        }
        return torch.tensor(visible).view(n, n).to(ScalarType.Bool);
    }
}
