package dev.packtrain.training.model;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Initial weights in fp32: matrices from N(0, {@code std}²), norms 1, biases 0. Every tensor has its own stream, a function of the
 * seed and its name alone, so neither threads nor the order of asking nor other tensors matter.
 *
 * @param seed of the run
 * @param std {@code initializer_range}
 */
record FreshWeights(long seed, double std) implements WeightSource {
    private static final int CHUNK = 1 << 16;
    // Spreads the 32 bits of a name's checksum over the seed (2^64 divided by the golden ratio).
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    @Override
    public Tensor get(String name, long[] shape, Role role) {
        TensorFactory host = new TensorFactory(ComputeDevice.CPU);
        return switch (role) {
            case BIAS -> host.zeros(ScalarType.Float, shape);
            case NORM -> host.ones(ScalarType.Float, shape);
            case MATRIX -> normal(host.empty(ScalarType.Float, shape), name);
        };
    }

    private Tensor normal(Tensor tensor, String name) {
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(seed ^ (checksum.getValue() + 1) * SPREAD);
        FloatPointer data = tensor.data_ptr_float();
        long numel = tensor.numel();
        float[] chunk = new float[CHUNK];
        for (long done = 0; done < numel; done += CHUNK) {
            int n = (int) Math.min(CHUNK, numel - done);
            for (int i = 0; i < n; i++) {
                chunk[i] = (float) (std * random.nextGaussian());
            }
            data.position(done).put(chunk, 0, n);
        }
        return tensor;
    }
}
