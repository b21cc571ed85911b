package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.PackInput;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * NEFTune (Jain et al. 2023, arXiv 2310.05914, algorithm 1): in training, every embedded token gets noise from
 * U(−1, 1) · α / √(L · d), L being the tokens of its document and d the width. What noise is a function of seed, step, the
 * token's example and its place in it, in 2¹⁶ steps. Virtual tokens get none.
 */
public final class Neftune implements InputHook {
    /** U(−1, 1) in steps of this, from 16-bit numbers. */
    private static final double STEP = 1.0 / (1 << 15);

    private final double alpha;
    private final long key;
    private final TrainingPass pass;

    /**
     * Of a run.
     *
     * @param alpha α, more than 0; 5 to 15 in the paper
     * @param seed of the run
     */
    public Neftune(double alpha, long seed) {
        this.alpha = alpha;
        this.key = ReproducibleBits.key(seed, "neftune");
        this.pass = new TrainingPass(seed);
    }

    /** What is random now: nothing but in the training passes of {@link NoisyModel}. */
    TrainingPass pass() {
        return pass;
    }

    @Override
    public void begin(Tensor hTE, PackInput input, boolean adds) {
        if (adds && pass.rowKeys().isPresent()) {
            TensorScope.run(() -> add(hTE, input, pass.rowKeys().get()));
        }
    }

    private void add(Tensor hTE, PackInput input, Tensor keysN) {
        TensorFactory factory = TensorFactory.like(hTE);
        ScalarType dtype = hTE.scalar_type().intern();
        ScalarType wide = dtype == ScalarType.Double ? dtype : ScalarType.Float;
        Tensor boundsN = factory.floats(bounds(input, hTE.size(1))).to(wide).unsqueeze(1);
        Tensor noiseNE = ReproducibleBits.words(keysN, key, 0, hTE.size(1))
                .to(wide)
                .add_(new Scalar(0.5))
                .mul_(boundsN)
                .to(dtype);
        if (input.numVirtual() == 0) {
            hTE.add_(noiseNE);
        } else {
            hTE.index_add_(0, factory.ints(input.dataRows()), noiseNE);
        }
    }

    /** Of every token of the data, what a 16-bit number is multiplied by. */
    private float[] bounds(PackInput input, long width) {
        PackedSequence pack = input.pack();
        float[] bounds = new float[pack.numTokens() - pack.numDocuments() * input.numVirtual()];
        int at = 0;
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            int length = pack.cuSeqlens()[doc + 1] - pack.cuSeqlens()[doc] - input.numVirtual();
            Arrays.fill(bounds, at, at + length, (float) (STEP * alpha / Math.sqrt((double) length * width)));
            at += length;
        }
        return bounds;
    }
}
