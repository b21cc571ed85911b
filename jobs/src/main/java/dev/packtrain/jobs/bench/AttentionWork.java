package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Queries, keys and values of one layer, a mask and a kernel, ready to be timed again and again. */
final class AttentionWork implements AutoCloseable {
    /**
     * The shape of a layer.
     *
     * @param numTokens tokens of the pack
     * @param numHeads query heads
     * @param numKeyValueHeads key and value heads
     * @param headDim width of a head
     */
    record Layer(int numTokens, int numHeads, int numKeyValueHeads, int headDim) {
        /**
         * Operations of the forward pass, of which the mask leaves so many scores: two products, each a multiplication and
         * an addition for each score and element of a head.
         */
        double forwardFlops(long numVisible) {
            return 4.0 * numVisible * numHeads * headDim;
        }

        /** The same for the forward and the backward pass, which has five products. */
        double bothFlops(long numVisible) {
            return 3.5 * forwardFlops(numVisible);
        }
    }

    private final DeviceClock clock;
    private final Kept kept = new Kept();
    private final Tensor qTHD;
    private final Tensor kTGD;
    private final Tensor vTGD;
    private final Tensor dOTHD;
    private final PackAttention attention;

    AttentionWork(Layer layer, FlashMask mask, AttentionKernel kernel, ScalarType dtype, DeviceClock clock) {
        this.clock = clock;
        torch.manual_seed(42);
        qTHD = normal(layer, layer.numHeads(), dtype);
        kTGD = normal(layer, layer.numKeyValueHeads(), dtype);
        vTGD = normal(layer, layer.numKeyValueHeads(), dtype);
        dOTHD = normal(layer, layer.numHeads(), dtype);
        attention = kernel.prepare(mask, 1 / Math.sqrt((double) layer.headDim()));
    }

    private Tensor normal(Layer layer, int numHeads, ScalarType dtype) {
        return TensorScope.value(() -> kept.keep(new TensorFactory(clock.device())
                .toDevice(torch.randn(layer.numTokens(), numHeads, layer.headDim())
                        .to(dtype))));
    }

    /** Seconds of one forward pass. */
    double forward() {
        return clock.seconds(() -> attention.forward(qTHD, kTGD, vTGD));
    }

    /** Seconds of one forward and one backward pass. */
    double both() {
        return clock.seconds(() -> attention.backward(dOTHD, qTHD, kTGD, vTGD, attention.forward(qTHD, kTGD, vTGD)));
    }

    @Override
    public void close() {
        attention.close();
        kept.close();
    }
}
