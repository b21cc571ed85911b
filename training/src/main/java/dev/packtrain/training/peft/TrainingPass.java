package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The training pass at hand: what is random in it, and what its calls share. A token's key depends on the seed, the step, its
 * example and its place in that, not on the rank or pack that it has come to: so neither recomputation nor the mesh changes
 * anything.
 */
final class TrainingPass {
    private final long seed;
    private int step;
    private Tensor rowKeysT;
    private double shareOfStep;
    private final IdentityHashMap<Tensor, Tensor> found = new IdentityHashMap<>();
    private final Kept kept = new Kept();

    TrainingPass(long seed) {
        this.seed = seed;
    }

    /** The passes from here on belong to a step, 0-based. */
    void beginStep(int newStep) {
        step = newStep;
    }

    /**
     * A training pass over a pack begins.
     *
     * @param like on the device of the model; the keys belong to the current scope
     * @param share label tokens of the pack over those of the step's whole global batch
     */
    void begin(PackedSequence pack, Tensor like, double share) {
        begin(pack, like);
        shareOfStep = share;
    }

    /** What part of its step the pass at hand is: over all passes of all data ranks they add up to 1. */
    double shareOfStep() {
        return shareOfStep;
    }

    /** A training pass over a pack begins, on the device of {@code like}; the keys belong to the current scope. */
    void begin(PackedSequence pack, Tensor like) {
        forget();
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
        shareOfStep = 0;
        forget();
    }

    private void forget() {
        found.clear();
        kept.close();
    }

    /**
     * Something that follows from the weights alone. No pass changes them, so the first call in a pass finds it for all others;
     * outside of passes every call does.
     *
     * @param owner a tensor of whom it belongs to, by which it is found again
     * @param find makes it
     */
    Tensor once(Tensor owner, Supplier<Tensor> find) {
        if (rowKeysT == null) {
            return find.get();
        }
        if (!found.containsKey(owner)) {
            found.put(owner, TensorScope.value(() -> kept.keep(find.get())));
        }
        return found.get(owner);
    }

    /**
     * A number that belongs to the step at hand, from 0 to {@code limit} − 1, all equally likely; empty where nothing is random.
     *
     * @param what tells apart what is drawn in one step
     */
    OptionalInt draw(String what, int limit) {
        OptionalLong key = stepKey(what);
        return key.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of((int) Long.remainderUnsigned(key.getAsLong(), limit));
    }

    /** A key that belongs to the step at hand; empty where nothing is random. */
    OptionalLong stepKey(String what) {
        return rowKeysT == null
                ? OptionalLong.empty()
                : OptionalLong.of(ReproducibleBits.key(ReproducibleBits.key(seed, what), step));
    }

    /** A key for every token, int64 {@code [T]}; empty where nothing is random, as when a model is evaluated. */
    Optional<Tensor> rowKeys() {
        return Optional.ofNullable(rowKeysT);
    }
}
