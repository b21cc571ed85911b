package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.cuda.DeviceMatrix;
import dev.packtrain.kernels.cuda.FlashMaskCuda;
import dev.packtrain.kernels.cuda.FlashMaskTiles;
import dev.packtrain.kernels.cuda.GpuAttentionShape;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.TensorFactory;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Packtrain's own kernels for NVIDIA GPUs, for any {@link FlashMask} and heads of multiples of 16 from 32 to 256: bf16 and
 * fp16, sums in fp32, on libtorch's current stream. Their source is tested on an emulated GPU; on a real one they have not run yet.
 */
public final class FlashMaskCudaAttention implements AttentionKernel {
    private static final String REMEDY =
            "leave use_flash_attention and flash_mask out, or set use_flash_attention to false where the model has sliding windows";

    private final TensorFactory tensors;
    private final String gpu;
    private final FlashMaskCuda kernels;
    private final Supplier<CUstream_st> stream;

    /**
     * Loads the kernels, for the rest of the process.
     *
     * @param device a GPU
     * @throws KernelUnavailableException if there is no driver, no such GPU, or no kernels for it in this build
     */
    public FlashMaskCudaAttention(ComputeDevice device) {
        this(
                FlashMaskCuda.load(device.index()),
                new TensorFactory(device),
                device.title(),
                () -> torch_cuda.getCurrentCUDAStream((byte) device.index()).stream());
    }

    /**
     * Loaded elsewhere.
     *
     * @param tensors makes them where the kernels compute
     * @param gpu its number and name, for a person
     * @param stream where to put the kernels
     */
    FlashMaskCudaAttention(FlashMaskCuda kernels, TensorFactory tensors, String gpu, Supplier<CUstream_st> stream) {
        this.tensors = tensors;
        this.gpu = gpu;
        this.kernels = kernels;
        this.stream = stream;
    }

    /**
     * Checks the kernels for one kind of heads on this very GPU.
     *
     * @param dtype bf16 or fp16
     * @param headDim one that they take
     * @throws dev.packtrain.packing.BadInputException if one of them computes wrongly, with its name
     */
    void requireRight(ScalarType dtype, int headDim) {
        KernelAgreement.check(gpu, REMEDY, agreement -> FlashMaskCheck.run(this, tensors, dtype, headDim, agreement));
    }

    @Override
    public PackAttention prepare(FlashMask mask, double scale) {
        return new Prepared(FlashMaskTiles.of(mask), scale);
    }

    private final class Prepared implements PackAttention {
        private final FlashMaskTiles tiles;
        private final double scale;
        private final Kept kept = new Kept();
        private final long tileAddress;

        Prepared(FlashMaskTiles tiles, double scale) {
            this.tiles = tiles;
            this.scale = scale;
            int[] words = tiles.words();
            Tensor host = new TensorFactory(ComputeDevice.CPU).empty(ScalarType.Int, words.length);
            host.data_ptr_int().put(words);
            tileAddress = address(kept.keep(tensors.toDevice(host)));
        }

        @Override
        public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
            requireRows(qTHD, kTGD);
            Tensor q = aligned(qTHD);
            Tensor k = aligned(kTGD);
            Tensor v = aligned(vTGD);
            Tensor o = tensors.empty(dtype(q), q.size(0), q.size(1), q.size(2));
            Tensor logSumHT = tensors.empty(ScalarType.Float, q.size(1), tiles.numPaddedRows());
            FlashMaskCuda.Workspace workspace = new FlashMaskCuda.Workspace(tileAddress, address(logSumHT), 0);
            kernels.forward(shape(q, k), tiles, operands(q, k, v, o), workspace, stream.get());
            return new Forward(o, List.of(logSumHT));
        }

        @Override
        public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
            Tensor dO = aligned(gradOTHD);
            Tensor q = aligned(qTHD);
            Tensor k = aligned(kTGD);
            Tensor v = aligned(vTGD);
            Tensor dQ = tensors.empty(dtype(q), q.size(0), q.size(1), q.size(2));
            Tensor dK = tensors.empty(dtype(q), k.size(0), k.size(1), k.size(2));
            Tensor dV = tensors.empty(dtype(q), k.size(0), k.size(1), k.size(2));
            Tensor logSumHT = forward.saved().get(0);
            Tensor deltaHT = tensors.empty(ScalarType.Float, q.size(1), tiles.numPaddedRows());
            kernels.backward(
                    shape(q, k),
                    tiles,
                    operands(q, k, v, forward.oTHD()),
                    new FlashMaskCuda.Gradients(matrix(dO), matrix(dQ), matrix(dK), matrix(dV)),
                    new FlashMaskCuda.Workspace(tileAddress, address(logSumHT), address(deltaHT)),
                    stream.get());
            return new Gradients(dQ, dK, dV);
        }

        private GpuAttentionShape shape(Tensor q, Tensor k) {
            return new GpuAttentionShape((int) q.size(1), (int) k.size(1), (int) q.size(2), element(q), scale);
        }

        private void requireRows(Tensor qTHD, Tensor kTGD) {
            if (qTHD.size(0) != tiles.numRows() || kTGD.size(0) != tiles.numKeys()) {
                throw new IllegalArgumentException("Attention was made ready for " + tiles.numRows() + " rows and "
                        + tiles.numKeys() + " keys and was given " + qTHD.size(0) + " and " + kTGD.size(0)
                        + "; prepare it for each pack.");
            }
        }

        @Override
        public void close() {
            kept.close();
        }
    }

    private static FlashMaskCuda.Operands operands(Tensor q, Tensor k, Tensor v, Tensor o) {
        return new FlashMaskCuda.Operands(matrix(q), matrix(k), matrix(v), matrix(o));
    }

    // The kernels read 16 bytes at a time; a copy is freed after its launch, which libtorch's allocator orders on the
    // stream.
    private static Tensor aligned(Tensor xTHD) {
        boolean aligned =
                xTHD.stride(2) == 1 && xTHD.stride(1) % 8 == 0 && xTHD.stride(0) % 8 == 0 && address(xTHD) % 16 == 0;
        return aligned ? xTHD : xTHD.contiguous();
    }

    private static DeviceMatrix matrix(Tensor xTHD) {
        return new DeviceMatrix(address(xTHD), xTHD.stride(0), xTHD.stride(1));
    }

    private static long address(Tensor x) {
        return x.data_ptr().address();
    }

    private static ScalarType dtype(Tensor x) {
        return x.scalar_type().intern();
    }

    private static GpuAttentionShape.Element element(Tensor x) {
        return switch (dtype(x)) {
            case BFloat16 -> GpuAttentionShape.Element.BF16;
            case Half -> GpuAttentionShape.Element.FP16;
            default ->
                throw new IllegalArgumentException(
                        "The attention kernel flash-mask-cuda takes BFloat16 and Half and was" + " given " + dtype(x)
                                + "; set bf16 to true, or use_flash_attention and flash_mask to false.");
        };
    }

    @Override
    public String name() {
        return "flash-mask-cuda";
    }
}
