package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's {@code scaled_dot_product_attention}, one call a document, with autograd recording inside the kernel only. On
 * CUDA it picks FlashAttention for fp16 and bf16. Passes the kernel contract on the CPU; not yet run on a GPU. Causal documents
 * only.
 */
public final class SdpaAttention implements AttentionKernel {
    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        return new Prepared(DocumentBounds.of(mask, name()), scale);
    }

    private record Prepared(int[] cuSeqlens, double scale) implements PackAttention {
        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            List<Tensor> saved = new ArrayList<>();
            TensorVector outputs = new TensorVector();
            boolean before = GradMode.is_enabled();
            GradMode.set_enabled(true);
            try {
                for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
                    Tensor[] leaves = new Tensor[3];
                    Tensor[] inputs = {qTHD, kTGD, vTGD};
                    for (int i = 0; i < leaves.length; i++) {
                        Tensor rows = HeadGroups.document(inputs[i].detach(), cuSeqlens[doc], cuSeqlens[doc + 1]);
                        leaves[i] = rows.requires_grad_(true);
                    }
                    Tensor o = attend(leaves[0], leaves[1], leaves[2]);
                    saved.addAll(List.of(leaves));
                    saved.add(o);
                    outputs.push_back(HeadGroups.rows(o.detach()));
                }
            } finally {
                GradMode.set_enabled(before);
            }
            return new Forward(torch.cat(outputs), saved);
        }

        private Tensor attend(Tensor q1HND, Tensor k1GND, Tensor v1GND) {
            boolean groups = q1HND.size(1) != k1GND.size(1);
            return torch.scaled_dot_product_attention(
                    q1HND, k1GND, v1GND, new TensorOptional(), 0, true, new DoubleOptional(scale), groups);
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            List<Tensor[]> perDocument = new ArrayList<>();
            for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
                List<Tensor> saved = forward.saved().subList(4 * doc, 4 * doc + 4);
                Tensor dO = HeadGroups.document(gradOTHD, cuSeqlens[doc], cuSeqlens[doc + 1]);
                torch.backward(
                        new TensorVector(saved.get(3)),
                        new TensorVector(dO),
                        new BoolOptional(false),
                        false,
                        new TensorVector());
                perDocument.add(new Tensor[] {
                    saved.get(0).grad(), saved.get(1).grad(), saved.get(2).grad()
                });
            }
            return DocumentGradients.concatenate(perDocument);
        }

        @Override
        public void close() {
            // nothing outlives a call
        }
    }

    @Override
    public String name() {
        return "sdpa";
    }
}
