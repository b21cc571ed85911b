package dev.packtrain.training.peft;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.TensorSplit;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Initial values of whole tensors: functions of seed and name. In fp32, in host memory, owned by the current scope. */
final class Initial {
    private Initial() {}

    static Tensor zeros(TensorSplit split) {
        return new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Float, split.shape());
    }

    /** From U(−bound, bound). */
    static Tensor uniform(long seed, String name, TensorSplit split, double bound) {
        return ReproducibleBits.uniform(ReproducibleBits.key(seed, name), flat(split), bound)
                .view(split.shape());
    }

    /** From N(0, 1), as torch's embeddings are. */
    static Tensor normal(long seed, String name, TensorSplit split) {
        return ReproducibleBits.normal(ReproducibleBits.key(seed, name), flat(split), 1)
                .view(split.shape());
    }

    private static TensorSplit flat(TensorSplit split) {
        long numElements = Arrays.stream(split.shape()).reduce(1, Math::multiplyExact);
        return TensorSplit.whole(new long[] {1, numElements});
    }
}
