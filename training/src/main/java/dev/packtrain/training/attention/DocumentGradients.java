package dev.packtrain.training.attention;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Puts the gradients of the documents of a pack side by side. */
final class DocumentGradients {
    private DocumentGradients() {}

    /** From {@code {dQ, dK, dV}} of each document, {@code [1, heads, N, D]}, to those of the pack. */
    static PackAttention.Gradients concatenate(List<Tensor[]> perDocument) {
        TensorVector q = new TensorVector();
        TensorVector k = new TensorVector();
        TensorVector v = new TensorVector();
        for (Tensor[] gradients : perDocument) {
            q.push_back(HeadGroups.rows(gradients[0]));
            k.push_back(HeadGroups.rows(gradients[1]));
            v.push_back(HeadGroups.rows(gradients[2]));
        }
        return new PackAttention.Gradients(torch.cat(q), torch.cat(k), torch.cat(v));
    }
}
