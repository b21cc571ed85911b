package dev.packtrain.training.generation;

import dev.packtrain.training.attention.KeyValuePrefix;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.model.AttentionConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Keys and values of a sequence so far, layer by layer, in fp32 (fp64 for fp64 models). The first call takes the whole
 * prompt, every later one a single token.
 *
 * <p>Shape letters: C capacity, L tokens that a new one sees, G key/value heads, R query heads of one of them, D head width.
 */
final class KeyValueCache implements CutEngine.LayerAttention, AutoCloseable {
    /** Keys and values, of which the first {@code numPrefix} belong to no token. */
    private record Layer(Tensor keysCGD, Tensor valuesCGD, int numPrefix) {}

    private final LayerAttentions prefill;
    private final List<Integer> windows;
    private final int capacity;
    private final Kept kept = new Kept();
    private final Map<Integer, Layer> layers = new HashMap<>();
    private final Map<Integer, Integer> lengths = new HashMap<>();

    /**
     * An empty cache, which takes over {@code prefill}.
     *
     * @param prefill attention among the prompt's tokens
     * @param windows of every layer, as in {@link AttentionConfig#windows()}
     * @param capacity room for that many tokens, prompt included
     */
    KeyValueCache(LayerAttentions prefill, List<Integer> windows, int capacity) {
        this.prefill = prefill;
        this.windows = List.copyOf(windows);
        this.capacity = capacity;
    }

    @Override
    public Tensor attend(int index, Tensor qTHD, Tensor kTGD, Tensor vTGD) {
        int numNew = (int) qTHD.size(0);
        int before = lengths.getOrDefault(index, 0);
        if (before > 0 && numNew != 1) {
            throw new IllegalArgumentException("after the prompt tokens come one by one, got " + numNew);
        }
        Layer layer = layers.computeIfAbsent(index, i -> allocate(i, kTGD));
        layer.keysCGD().narrow(0, layer.numPrefix() + before, numNew).copy_(kTGD);
        layer.valuesCGD().narrow(0, layer.numPrefix() + before, numNew).copy_(vTGD);
        lengths.put(index, before + numNew);
        if (before == 0) {
            return prefill.of(index).forward(qTHD, kTGD, vTGD).oTHD();
        }
        int window = windows.get(index);
        int length = before + 1;
        int first = window == AttentionConfig.NO_WINDOW ? 0 : Math.max(0, length - window);
        return decode(qTHD, layer, first, length - first);
    }

    private Layer allocate(int index, Tensor kTGD) {
        Optional<KeyValuePrefix> prefix = prefill.prefix(index);
        int numPrefix = prefix.map(there -> (int) there.keysNGD().size(0)).orElse(0);
        Layer layer = allocate(numPrefix, numPrefix + capacity, kTGD);
        prefix.ifPresent(there -> TensorScope.run(() -> {
            layer.keysCGD().narrow(0, 0, numPrefix).copy_(there.keysNGD());
            layer.valuesCGD().narrow(0, 0, numPrefix).copy_(there.valuesNGD());
        }));
        return layer;
    }

    private Layer allocate(int numPrefix, int numRows, Tensor kTGD) {
        ScalarType wide = kTGD.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        return TensorScope.value(() -> {
            TensorFactory factory = TensorFactory.like(kTGD);
            return new Layer(
                    kept.keep(factory.empty(wide, numRows, kTGD.size(1), kTGD.size(2))),
                    kept.keep(factory.empty(wide, numRows, kTGD.size(1), kTGD.size(2))),
                    numPrefix);
        });
    }

    private static Tensor decode(Tensor q1HD, Layer layer, int first, int length) {
        Tensor kGDL = seen(layer.keysCGD(), layer.numPrefix(), first, length).permute(1, 2, 0);
        Tensor vGLD = seen(layer.valuesCGD(), layer.numPrefix(), first, length).permute(1, 0, 2);
        long numGroups = kGDL.size(0);
        long headDim = q1HD.size(2);
        Tensor qGRD = q1HD.view(numGroups, q1HD.size(1) / numGroups, headDim)
                .to(kGDL.scalar_type().intern());
        Tensor scoresGRL = qGRD.matmul(kGDL).mul(new Scalar(1 / Math.sqrt((double) headDim)));
        Tensor oGRD = torch.softmax(scoresGRL, -1).matmul(vGLD);
        return oGRD.reshape(1, q1HD.size(1), headDim).to(q1HD.scalar_type().intern());
    }

    /** The prefix, and so many tokens from {@code first} on. */
    private static Tensor seen(Tensor xCGD, int numPrefix, int first, int length) {
        if (first == 0 || numPrefix == 0) {
            return xCGD.narrow(0, first, (long) numPrefix + length);
        }
        return torch.cat(
                new TensorVector(xCGD.narrow(0, 0, numPrefix), xCGD.narrow(0, (long) numPrefix + first, length)));
    }

    @Override
    public void close() {
        prefill.close();
        kept.close();
    }
}
