package dev.packtrain.training.device;

import dev.packtrain.kernels.ZeroPages;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A flat tensor of zeros that can be cleared. On the CPU only pages that were written take memory ({@link ZeroPages}); on a
 * GPU all of it does.
 */
public final class ClearedTensor implements AutoCloseable {
    private final Tensor flat;
    private final ZeroPages pages;

    private ClearedTensor(Tensor flat, ZeroPages pages) {
        this.flat = flat;
        this.pages = pages;
    }

    /** Zeros, {@code [numElements]}, at least one. */
    public static ClearedTensor zeros(TensorFactory factory, ScalarType dtype, long numElements) {
        if (factory.device().kind() != ComputeDevice.Kind.CPU) {
            return new ClearedTensor(
                    TensorScope.value(() -> factory.zeros(dtype, numElements).retainReference()), null);
        }
        ZeroPages pages = new ZeroPages(Math.multiplyExact(numElements, torch.elementSize(dtype)));
        Tensor over = TensorScope.value(
                () -> torch.from_blob(at(pages.address()), new long[] {numElements}, new TensorOptions(dtype))
                        .retainReference());
        return new ClearedTensor(over, pages);
    }

    private static Pointer at(long nativeAddress) {
        return new Pointer() {
            {
                address = nativeAddress;
            }
        };
    }

    /** The tensor; this one's to close. */
    public Tensor tensor() {
        return flat;
    }

    /** Makes every element zero. */
    public void clear() {
        if (pages == null) {
            TensorScope.run(flat::zero_);
        } else {
            pages.clear();
        }
    }

    /** Gives memory back that was written and holds zeros, where it can; changes no value. */
    public void trim() {
        if (pages != null) {
            pages.trim();
        }
    }

    /** Frees the memory; views of the tensor must be gone. */
    @Override
    public void close() {
        flat.close();
        if (pages != null) {
            pages.close();
        }
    }
}
