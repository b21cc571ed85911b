package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * libtorch's blocked attention for CPUs (FlashAttention-2, Dao 2023, arXiv 2307.08691), one call a document: scores never
 * exist as a whole. Computes in fp32, or fp64 for fp64 inputs; bf16 inputs are cast, for this build's bf16 path is more
 * than ten times slower. Causal documents only.
 */
public final class FlashCpuAttention implements AttentionKernel {
    private static final String OP = "aten::_scaled_dot_product_flash_attention_for_cpu";

    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        return new Prepared(DocumentBounds.of(mask, name()), scale);
    }

    private record Prepared(int[] cuSeqlens, double scale) implements PackAttention {
        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            Tensor q = cast(qTHD);
            Tensor k = cast(kTGD);
            Tensor v = cast(vTGD);
            TensorVector outputs = new TensorVector();
            List<Tensor> saved = new ArrayList<>();
            for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
                int begin = cuSeqlens[doc];
                int end = cuSeqlens[doc + 1];
                Tensor qDoc = HeadGroups.document(q, begin, end);
                IValueVector stack = new IValueVector(
                        new IValue(qDoc),
                        new IValue(HeadGroups.repeat(HeadGroups.document(k, begin, end), q.size(1))),
                        new IValue(HeadGroups.repeat(HeadGroups.document(v, begin, end), q.size(1))),
                        new IValue(0.0), // dropout
                        new IValue(true), // causal
                        new IValue(), // no mask
                        new IValue(scale));
                call(OP, stack);
                outputs.push_back(HeadGroups.rows(result(stack, 0)));
                saved.add(result(stack, 1));
            }
            Tensor o = torch.cat(outputs);
            saved.add(o);
            return new Forward(o.to(qTHD.scalar_type().intern()), saved);
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            Tensor dO = cast(gradOTHD);
            Tensor q = cast(qTHD);
            Tensor k = cast(kTGD);
            Tensor v = cast(vTGD);
            int numDocuments = cuSeqlens.length - 1;
            Tensor o = forward.saved().get(numDocuments);
            List<Tensor[]> perDocument = new ArrayList<>();
            for (int doc = 0; doc < numDocuments; doc++) {
                int begin = cuSeqlens[doc];
                int end = cuSeqlens[doc + 1];
                IValueVector stack = new IValueVector(
                        new IValue(HeadGroups.document(dO, begin, end)),
                        new IValue(HeadGroups.document(q, begin, end)),
                        new IValue(HeadGroups.repeat(HeadGroups.document(k, begin, end), q.size(1))),
                        new IValue(HeadGroups.repeat(HeadGroups.document(v, begin, end), q.size(1))),
                        new IValue(HeadGroups.document(o, begin, end)),
                        new IValue(forward.saved().get(doc)),
                        new IValue(0.0), // dropout
                        new IValue(true), // causal
                        new IValue(), // no mask
                        new IValue(scale));
                call(OP + "_backward", stack);
                perDocument.add(new Tensor[] {
                    result(stack, 0),
                    HeadGroups.sum(result(stack, 1), k.size(1)),
                    HeadGroups.sum(result(stack, 2), k.size(1))
                });
            }
            Gradients d = DocumentGradients.concatenate(perDocument);
            ScalarType dtype = qTHD.scalar_type().intern();
            return new Gradients(
                    d.qTHD().to(dtype), d.kTGD().to(dtype), d.vTGD().to(dtype));
        }

        @Override
        public void close() {
            // nothing outlives a call
        }
    }

    private static Tensor cast(Tensor x) {
        return x.scalar_type().intern() == ScalarType.Double ? x : x.to(ScalarType.Float);
    }

    // The presets have no method for ops whose name begins with an underscore; the dispatcher knows them all.
    private static void call(String op, IValueVector stack) {
        Dispatcher.singleton().findSchemaOrThrow(op, "").callBoxed(stack);
    }

    // toTensor() refers into the stack, which is gone before the result is: copy the handle.
    private static Tensor result(IValueVector stack, int i) {
        return new Tensor(stack.get(i).toTensor());
    }

    @Override
    public String name() {
        return "flash-cpu";
    }
}
