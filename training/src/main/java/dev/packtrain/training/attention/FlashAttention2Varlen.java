package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * libtorch's FlashAttention-2 for CUDA (Dao 2023, arXiv 2307.08691), all documents of a pack in one call: bf16 and fp16, heads
 * of multiples of 8 up to 256, causal documents only, compute capability 8.0. The yardstick of our own kernels. Repeats its bits where libtorch is told to be
 * deterministic, as {@link dev.packtrain.training.device.TorchRuntime} does. Not yet run on a GPU.
 */
public final class FlashAttention2Varlen implements AttentionKernel {
    /** Major compute capability that it needs. */
    static final int CAPABILITY = 8;

    private static final String OP = "aten::_flash_attention_";

    /** Whether it takes heads of a width. */
    static boolean supports(int headDim) {
        return headDim % 8 == 0 && headDim <= 256;
    }

    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        return new Prepared(DocumentBounds.of(mask, name()), scale);
    }

    private static final class Prepared implements PackAttention {
        private final int[] cuSeqlens;
        private final double scale;
        private final long longest;
        private final Kept kept = new Kept();
        // On the device of the first call's queries.
        private Tensor bounds;

        Prepared(int[] cuSeqlens, double scale) {
            this.cuSeqlens = cuSeqlens;
            this.scale = scale;
            this.longest = IntStream.range(1, cuSeqlens.length)
                    .map(i -> cuSeqlens[i] - cuSeqlens[i - 1])
                    .max()
                    .orElseThrow();
        }

        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            Tensor cuSeqlensD1 = bounds(qTHD);
            IValueVector stack = new IValueVector(
                    new IValue(qTHD),
                    new IValue(kTGD),
                    new IValue(vTGD),
                    new IValue(cuSeqlensD1),
                    new IValue(cuSeqlensD1),
                    new IValue(longest),
                    new IValue(longest),
                    new IValue(0.0), // dropout
                    new IValue(true), // causal
                    new IValue(false), // no debug mask
                    new IValue(scale),
                    new IValue(), // no window to the left
                    new IValue(), // no window to the right
                    new IValue(), // all keys are used
                    new IValue()); // no ALiBi
            call("forward", stack);
            // The random state comes along because the backward pass asks for it; without dropout nobody reads it.
            return new Forward(result(stack, 0), List.of(result(stack, 1), result(stack, 2), result(stack, 3)));
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            Tensor cuSeqlensD1 = bounds(qTHD);
            IValueVector stack = new IValueVector(
                    new IValue(gradOTHD.contiguous()),
                    new IValue(qTHD),
                    new IValue(kTGD),
                    new IValue(vTGD),
                    new IValue(forward.oTHD()),
                    new IValue(forward.saved().get(0)),
                    new IValue(cuSeqlensD1),
                    new IValue(cuSeqlensD1),
                    new IValue(longest),
                    new IValue(longest),
                    new IValue(0.0), // dropout
                    new IValue(true), // causal
                    new IValue(forward.saved().get(1)),
                    new IValue(forward.saved().get(2)),
                    new IValue(scale),
                    new IValue(), // no window to the left
                    new IValue()); // no window to the right
            call("backward", stack);
            return new Gradients(result(stack, 0), result(stack, 1), result(stack, 2));
        }

        private Tensor bounds(Tensor like) {
            if (bounds == null) {
                Tensor int64 = TensorFactory.like(like).ints(cuSeqlens);
                bounds = kept.keep(int64.to(ScalarType.Int));
            }
            return bounds;
        }

        @Override
        public void close() {
            kept.close();
        }
    }

    private static void call(String pass, IValueVector stack) {
        Dispatcher.singleton().findSchemaOrThrow(OP + pass, "").callBoxed(stack);
    }

    // toTensor() refers into the stack, which is gone before the result is: copy the handle.
    private static Tensor result(IValueVector stack, int i) {
        return new Tensor(stack.get(i).toTensor());
    }

    @Override
    public String name() {
        return "flash-attention-2-varlen";
    }
}
