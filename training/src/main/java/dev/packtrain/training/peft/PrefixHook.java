package dev.packtrain.training.peft;

import dev.packtrain.training.attention.KeyValuePrefix;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.PackInput;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Keys and values that every document sees in every layer. One copy of this rank's heads lives from the beginning of a pass to
 * its end, and as much for its gradients.
 *
 * <p>Shape letters: N virtual tokens, L layers, G key/value heads, D head width.
 */
final class PrefixHook implements InputHook {
    private final PromptEncoder encoder;
    private final int numTokens;
    private final DecoderConfig config;
    private final long firstHead;
    private final long numHeads;
    /** Of layer i, keys at 2i and values at 2i + 1: {@code [N, 2L, G, D]} with this rank's heads. */
    private Tensor values;

    private Tensor gradients;

    PrefixHook(PromptEncoder encoder, int numTokens, InputSite site) {
        this.encoder = encoder;
        this.numTokens = numTokens;
        this.config = site.config();
        TensorSplit keys = site.keys().split();
        int headDim = config.headDim();
        this.firstHead = (keys.dim() == 0 ? keys.from() : 0) / headDim;
        this.numHeads = (keys.dim() == 0 ? keys.length() : keys.wholeShape()[0]) / headDim;
    }

    @Override
    public List<Parameter> parameters() {
        return encoder.parameters();
    }

    @Override
    public int numPrefixTokens() {
        return numTokens;
    }

    @Override
    public void begin(Tensor hTE, PackInput input, boolean adds) {
        values = TensorScope.one(() -> here(encoder.apply()).contiguous());
        gradients = torch.zeros_like(values);
    }

    /** This rank's heads, a view. */
    private Tensor here(Tensor wholeNW) {
        return wholeNW.view(numTokens, 2L * config.numHiddenLayers(), config.numKeyValueHeads(), config.headDim())
                .narrow(2, firstHead, numHeads);
    }

    @Override
    public Optional<KeyValuePrefix> prefix(int layer) {
        return Optional.of(new Layer(2L * layer));
    }

    private final class Layer implements KeyValuePrefix {
        private final long at;

        Layer(long at) {
            this.at = at;
        }

        @Override
        public Tensor keysNGD() {
            return values.select(1, at);
        }

        @Override
        public Tensor valuesNGD() {
            return values.select(1, at + 1);
        }

        @Override
        public void addGradients(Tensor keysNGD, Tensor valuesNGD) {
            gradients.select(1, at).add_(keysNGD);
            gradients.select(1, at + 1).add_(valuesNGD);
        }
    }

    @Override
    public void backward(Tensor gradTE, PackInput input) {
        TensorScope.run(() -> {
            long width = 2L * config.numHiddenLayers() * config.numKeyValueHeads() * config.headDim();
            Tensor whole =
                    TensorFactory.like(gradients).zeros(gradients.scalar_type().intern(), numTokens, width);
            here(whole).copy_(gradients);
            encoder.backward(whole);
        });
    }
}
