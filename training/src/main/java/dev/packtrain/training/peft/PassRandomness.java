package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorFactory;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * What is random in the forward pass at hand. A token's key depends on the seed, the step, its example and its place in
 * that, not on the rank or pack that it has come to: so neither recomputation nor the mesh changes anything.
 */
final class PassRandomness {
    private final long seed;
    private int step;
    private Tensor rowKeysT;

    PassRandomness(long seed) {
        this.seed = seed;
    }

    /** The passes from here on belong to a step, 0-based. */
    void beginStep(int newStep) {
        step = newStep;
    }

    /** A training pass over a pack begins, on the device of {@code like}; the keys belong to the current scope. */
    void begin(PackedSequence pack, Tensor like) {
        long stepKey = ReproducibleBits.key(ReproducibleBits.key(seed, "dropout"), step);
        long[] keys = new long[pack.numTokens()];
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            long exampleKey = ReproducibleBits.key(stepKey, pack.exampleIds()[doc]);
            int from = pack.cuSeqlens()[doc];
            for (int t = from; t < pack.cuSeqlens()[doc + 1]; t++) {
                keys[t] = ReproducibleBits.key(exampleKey, t - from);
            }
        }
        rowKeysT = TensorFactory.like(like).longs(LongStream.of(keys));
    }

    /** It has ended. */
    void end() {
        rowKeysT = null;
    }

    /** A key for every token, int64 {@code [T]}; empty where nothing is random, as when a model is evaluated. */
    Optional<Tensor> rowKeys() {
        return Optional.ofNullable(rowKeysT);
    }
}
