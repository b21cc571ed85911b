package dev.packtrain.training.peft;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.TensorSplit;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Random numbers by counting: every one is a function of a key and its place, so it is the same whoever asks for it, in
 * whatever order, and for whichever part of a tensor. The mixing is SplitMix64's (Steele, Lea, Flood 2014).
 */
final class ReproducibleBits {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;
    private static final long FIRST = 0xBF58476D1CE4E5B9L;
    private static final long SECOND = 0x94D049BB133111EBL;
    private static final int FLOAT_BITS = 24;
    /** The largest fp32 number below 1: its erfinv is finite. */
    private static final double BELOW_ONE = Math.nextDown(1f);
    /** Random numbers of 16 bits in one of 64. */
    private static final int LANES = 4;

    private ReproducibleBits() {}

    /** A key from another one and a number. */
    static long key(long key, long number) {
        return mix(key + GAMMA * (number + 1));
    }

    /** A key from another one and a name. */
    static long key(long key, String name) {
        long result = key;
        for (byte letter : name.getBytes(StandardCharsets.UTF_8)) {
            result = key(result, letter);
        }
        return result;
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * FIRST;
        z = (z ^ (z >>> 27)) * SECOND;
        return z ^ (z >>> 31);
    }

    /**
     * A part of a matrix of numbers from U(−bound, bound), fp32, in host memory, owned by the current scope.
     *
     * @param key of the matrix
     * @param split which part of the matrix
     */
    static Tensor uniform(long key, TensorSplit split, double bound) {
        long[] shape = split.shape();
        Tensor part = new TensorFactory(ComputeDevice.CPU).empty(ScalarType.Float, shape);
        float[] row = new float[Math.toIntExact(shape[1])];
        long firstRow = split.dim() == 0 ? split.from() : 0;
        long firstColumn = split.dim() == 1 ? split.from() : 0;
        FloatPointer data = part.data_ptr_float();
        for (long r = 0; r < shape[0]; r++) {
            long before = (firstRow + r) * split.wholeShape()[1] + firstColumn;
            for (int c = 0; c < row.length; c++) {
                double unit = (key(key, before + c) >>> (Long.SIZE - FLOAT_BITS)) * 0x1p-24;
                row[c] = (float) (bound * (2 * unit - 1));
            }
            data.position(r * row.length).put(row);
        }
        return part;
    }

    /** The same from N(0, std²). */
    static Tensor normal(long key, TensorSplit split, double std) {
        return TensorScope.one(() -> uniform(key, split, BELOW_ONE).erfinv().mul_(new Scalar(std * Math.sqrt(2))));
    }

    /**
     * A matrix of random 16-bit numbers, int16 {@code [T, numColumns]}, owned by the current scope.
     *
     * @param rowKeysT int64 {@code [T]}, one key a row
     * @param key of the matrix
     * @param firstColumn of the columns wanted
     */
    static Tensor words(Tensor rowKeysT, long key, long firstColumn, long numColumns) {
        long firstGroup = firstColumn / LANES;
        long endGroup = (firstColumn + numColumns + LANES - 1) / LANES;
        return TensorScope.one(() -> {
            Tensor steps = TensorFactory.like(rowKeysT)
                    .longs(LongStream.range(firstGroup, endGroup).map(g -> key + GAMMA * (g + 1)));
            Tensor z = rowKeysT.unsqueeze(1).add(steps);
            folded(z, 30).mul_(new Scalar(FIRST));
            folded(z, 27).mul_(new Scalar(SECOND));
            folded(z, 31);
            return z.view(ScalarType.Short).narrow(1, firstColumn - firstGroup * LANES, numColumns);
        });
    }

    /** {@code z ^= z >>> shift}: libtorch's shift repeats the sign, which is cut off. */
    private static Tensor folded(Tensor z, int shift) {
        Tensor shifted = z.bitwise_right_shift(new Scalar(shift)).bitwise_and_(new Scalar(-1L >>> shift));
        return z.bitwise_xor_(shifted);
    }
}
