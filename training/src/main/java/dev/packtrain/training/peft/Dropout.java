package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Sets a share of a matrix, mostly the inputs of an adapter, to zero (Srivastava et al. 2014), which ones is a function of seed, step, layer,
 * token and column. What is left is to be multiplied by {@link #scale()}; the caller does it where it costs nothing.
 *
 * @param dropped of 65,536 equally likely cases, those that are dropped
 * @param layerKey of the layer
 * @param firstColumn of this rank's inputs
 * @param pass the pass at hand
 */
record Dropout(int dropped, long layerKey, long firstColumn, TrainingPass pass) {
    /** Equally likely cases of one draw. */
    static final int CASES = 1 << 16;

    /** Of all {@link #CASES}, those of a probability in [0, 1). */
    static int cases(double probability) {
        return (int) Math.round(probability * CASES);
    }

    /** With a probability in [0, 1), rounded to a multiple of 2⁻¹⁶. */
    static Dropout of(double probability, String module, long firstColumn, AdapterTensors tensors) {
        return new Dropout(
                cases(probability), ReproducibleBits.key(tensors.seed(), module), firstColumn, tensors.pass());
    }

    /** {@code xTI} with zeros for what is dropped, and the rest multiplied by {@link #scale()}; itself where nothing is dropped. */
    Tensor of(Tensor xTI) {
        return kept(xTI).map(kept -> xTI.mul(kept).mul_(new Scalar(scale()))).orElse(xTI);
    }

    /** 1 over the share that is kept. */
    double scale() {
        return isOn() ? CASES / (double) (CASES - dropped) : 1;
    }

    /** Whether there are passes in which something is dropped. */
    boolean isConfigured() {
        return dropped > 0;
    }

    boolean isOn() {
        return isConfigured() && pass.rowKeys().isPresent();
    }

    /** What is kept: bool of the shape of {@code xTI}; the same in every call of a pass. Empty where nothing is dropped. */
    Optional<Tensor> kept(Tensor xTI) {
        return isOn() ? Optional.of(kept(pass.rowKeys().orElseThrow(), xTI.size(1))) : Optional.empty();
    }

    /** The same of some tokens alone, bool {@code [P, numColumns]}; they are given by their places in the pack, {@code [P]}. */
    Optional<Tensor> kept(long numColumns, Tensor tokensP) {
        return isOn()
                ? Optional.of(
                        TensorScope.one(() -> kept(pass.rowKeys().orElseThrow().index_select(0, tokensP), numColumns)))
                : Optional.empty();
    }

    private Tensor kept(Tensor rowKeysT, long numColumns) {
        return TensorScope.one(() -> ReproducibleBits.words(rowKeysT, layerKey, firstColumn, numColumns)
                .ge(new Scalar(dropped - CASES / 2)));
    }
}
