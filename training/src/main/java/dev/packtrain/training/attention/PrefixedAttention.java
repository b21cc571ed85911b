package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.training.device.TensorScope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention to the documents of a pack and to a {@link KeyValuePrefix} that all of them share: one copy of it before the
 * pack's keys, and a mask that hides nothing of it, so any kernel for masks computes it as one softmax.
 *
 * @param kernel prepared with {@link #mask}; the caller's
 * @param prefix of the layer
 */
record PrefixedAttention(PackAttention kernel, KeyValuePrefix prefix) implements PackAttention {
    /** The mask of a pack with N keys before its own that all rows see. */
    static FlashMask mask(FlashMask pack, int numPrefix) {
        int rows = pack.numRows();
        int[] upperStarts = pack.upperStarts();
        int[] upperEnds = pack.upperEnds();
        if (pack.causal()) {
            if (!Arrays.equals(upperStarts, upperEnds)) {
                throw new IllegalArgumentException(
                        "a causal mask with intervals above the diagonal has no place left for what causality hides");
            }
            Arrays.fill(upperStarts, 0);
            Arrays.setAll(upperEnds, key -> Math.min(key, rows));
        }
        return FlashMask.bidirectional(
                rows,
                behindPrefix(numPrefix, pack.lowerStarts()),
                behindPrefix(numPrefix, pack.lowerEnds()),
                behindPrefix(numPrefix, upperStarts),
                behindPrefix(numPrefix, upperEnds));
    }

    /** No interval hides a row from the prefix: all of them are empty there. */
    private static int[] behindPrefix(int numPrefix, int[] perKey) {
        int[] all = new int[numPrefix + perKey.length];
        System.arraycopy(perKey, 0, all, numPrefix, perKey.length);
        return all;
    }

    @Override
    public Forward forward(Tensor qTHD, Tensor kTGD, Tensor vTGD) {
        Tensor keys = behindPrefix(prefix.keysNGD(), kTGD);
        Tensor values = behindPrefix(prefix.valuesNGD(), vTGD);
        return kernel.forward(qTHD, keys, values);
    }

    @Override
    public Gradients backward(Tensor gradOTHD, Tensor qTHD, Tensor kTGD, Tensor vTGD, Forward forward) {
        Tensor keys = behindPrefix(prefix.keysNGD(), kTGD);
        Tensor values = behindPrefix(prefix.valuesNGD(), vTGD);
        Gradients all = kernel.backward(gradOTHD, qTHD, keys, values, forward);
        long numPrefix = prefix.keysNGD().size(0);
        TensorScope.run(() -> prefix.addGradients(
                all.kTGD().narrow(0, 0, numPrefix), all.vTGD().narrow(0, 0, numPrefix)));
        return new Gradients(
                all.qTHD(),
                all.kTGD().narrow(0, numPrefix, kTGD.size(0)),
                all.vTGD().narrow(0, numPrefix, vTGD.size(0)));
    }

    private static Tensor behindPrefix(Tensor prefixNGD, Tensor xTGD) {
        return torch.cat(new TensorVector(prefixNGD, xTGD));
    }

    @Override
    public void close() {
        // the kernel is closed by whoever prepared it
    }
}
