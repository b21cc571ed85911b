package dev.packtrain.training.device;

import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a {@link PassesCheck} computes with: the same numbers in every process, made without libtorch's generators, whose state is the
 * run's.
 *
 * @param memory makes tensors on the GPU
 */
public record CheckNumbers(TensorFactory memory) {
    /** Normally distributed, in host memory; less than 5 in absolute value, as long as there are some ten thousand. */
    public Tensor normal(ScalarType dtype, int seed, long... shape) {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new TensorFactory(ComputeDevice.CPU).floats(values).view(shape).to(dtype);
    }

    /** A copy for the kernels. */
    public Tensor there(Tensor host) {
        return memory.toDevice(host.clone());
    }

    /** A copy for the independent computation: fp64, in which roundings are too small to be seen. */
    public static Tensor exact(Tensor host) {
        return host.to(ScalarType.Double, false, true, new org.bytedeco.pytorch.MemoryFormatOptional());
    }
}
