package dev.packtrain.training.attention;

import dev.packtrain.kernels.AttentionShape;
import dev.packtrain.kernels.AttentionTensors;
import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMaskAttention;
import dev.packtrain.kernels.PreparedMask;
import dev.packtrain.training.device.KernelFormat;
import dev.packtrain.training.device.TensorFactory;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Packtrain's own attention for CPUs ({@link FlashMaskAttention}): any mask, fp32 and bf16; tiles that the mask hides are
 * never visited, and memory is linear in the tokens. The same bits in every run and with any number of threads.
 *
 * <p>Heads may have any width up to 256; one that the kernel does not take is padded with zeros, which change the time
 * only. Beside the output it saves the log-sum-exps, fp32 {@code [H, T]}.
 */
public final class FlashMaskCpuAttention implements AttentionKernel {
    private final FlashMaskAttention kernel;

    /**
     * With the fastest variant that this machine can run, on libtorch's threads.
     *
     * @throws dev.packtrain.kernels.KernelUnavailableException if the native library cannot be loaded
     */
    public FlashMaskCpuAttention() {
        this(FlashMaskAttention.forThisMachine());
    }

    /**
     * The same for tensors of one dtype, named after what computes them.
     *
     * @param dtype fp32 or bf16
     * @throws dev.packtrain.kernels.KernelUnavailableException if the native library cannot be loaded
     */
    FlashMaskCpuAttention(ScalarType dtype) {
        this(FlashMaskAttention.forThisMachine(KernelFormat.of(dtype)));
    }

    /** With a kernel of choice. */
    public FlashMaskCpuAttention(FlashMaskAttention kernel) {
        this.kernel = kernel;
    }

    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        return new Prepared(kernel, kernel.prepare(mask), scale);
    }

    private record Prepared(FlashMaskAttention kernel, PreparedMask mask, double scale) implements PackAttention {
        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            HeadMemory q = of(qTHD, "queries", rows());
            HeadMemory k = of(kTGD, "keys", keys());
            HeadMemory v = of(vTGD, "values", keys());
            HeadMemory o = q.another();
            Tensor lseHT = TensorFactory.like(qTHD).empty(ScalarType.Float, q.numHeads(), rows());
            kernel.forward(mask, shape(q, k), tensors(q, k, v, o, lseHT));
            return new Forward(o.narrowed(qTHD), List.of(o.tensor(), lseHT));
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            HeadMemory q = of(qTHD, "queries", rows());
            HeadMemory k = of(kTGD, "keys", keys());
            HeadMemory v = of(vTGD, "values", keys());
            HeadMemory dO = of(gradOTHD, "gradients of the output", rows());
            HeadMemory o = new HeadMemory(forward.saved().get(0));
            HeadMemory dQ = q.another();
            HeadMemory dK = k.another();
            HeadMemory dV = v.another();
            kernel.backward(
                    mask,
                    shape(q, k),
                    tensors(q, k, v, o, forward.saved().get(1)),
                    new AttentionTensors.Gradients(dO.address(), dQ.address(), dK.address(), dV.address()));
            return new Gradients(dQ.narrowed(qTHD), dK.narrowed(kTGD), dV.narrowed(vTGD));
        }

        private int rows() {
            return mask.plan().mask().numRows();
        }

        private int keys() {
            return mask.plan().mask().numKeys();
        }

        // A wrong number of rows would be a read outside the tensor.
        private static HeadMemory of(Tensor tensor, String what, int numTokens) {
            if (tensor.dim() != 3 || tensor.size(0) != numTokens) {
                throw new IllegalArgumentException("flash-mask-cpu was prepared for " + numTokens + " " + what
                        + " and was given " + tensor.size(0) + "; prepare it with the mask of this pack.");
            }
            return HeadMemory.of(tensor);
        }

        private AttentionShape shape(HeadMemory q, HeadMemory k) {
            return new AttentionShape(q.numHeads(), k.numHeads(), q.headDim(), scale, q.type());
        }

        private static AttentionTensors tensors(HeadMemory q, HeadMemory k, HeadMemory v, HeadMemory o, Tensor lseHT) {
            return new AttentionTensors(
                    q.address(),
                    k.address(),
                    v.address(),
                    o.address(),
                    lseHT.data_ptr().address());
        }

        @Override
        public void close() {
            mask.close();
        }
    }

    @Override
    public String name() {
        return "flash-mask-cpu (" + kernel.variant() + ")";
    }
}
