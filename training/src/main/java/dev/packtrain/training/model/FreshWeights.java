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
    // Spreads the 32 bits of a name's checksum over the seed (2^64 divided by the golden ratio).
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    @Override
    public Tensor get(String name, TensorSplit split, Role role) {
        TensorFactory host = new TensorFactory(ComputeDevice.CPU);
        return switch (role) {
            case BIAS -> host.zeros(ScalarType.Float, split.shape());
            case NORM -> host.ones(ScalarType.Float, split.shape());
            case MATRIX -> normal(host.empty(ScalarType.Float, split.shape()), name, split);
        };
    }

    /** The stream goes row by row through the whole matrix; what is outside the part is drawn and dropped. */
    private Tensor normal(Tensor part, String name, TensorSplit split) {
        CRC32 checksum = new CRC32();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(seed ^ (checksum.getValue() + 1) * SPREAD);
        FloatPointer data = part.data_ptr_float();
        boolean byRows = split.dim() == 0;
        long endRow = byRows ? split.from() + split.length() : split.wholeShape()[0];
        float[] row = new float[Math.toIntExact(split.wholeShape()[1])];
        int fromColumn = byRows ? 0 : Math.toIntExact(split.from());
        int numColumns = byRows ? row.length : Math.toIntExact(split.length());
        long done = 0;
        for (long r = 0; r < endRow; r++) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (std * random.nextGaussian());
            }
            if (!byRows || r >= split.from()) {
                data.position(done).put(row, fromColumn, numColumns);
                done += numColumns;
            }
        }
        return part;
    }
}
