package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;

/**
 * P-tuning (Liu et al. 2021, arXiv 2103.10385) with its settings. As in PEFT all virtual tokens stand before the document.
 *
 * @param numTokens N
 * @param lstm whether the network is an LSTM with a perceptron behind it, or a perceptron
 * @param hidden its width; empty: E
 * @param numLayers of the LSTM
 */
record PTuningAdaptation(int numTokens, boolean lstm, Optional<Integer> hidden, int numLayers)
        implements HookAdaptation {
    @Override
    public String method() {
        return PTuning.NAME;
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        long width = site.config().hiddenSize();
        PromptEncoder encoder = new PromptTensors(tensors, site, false).network(network(width), width);
        return Optional.of(new PromptHook(encoder, numTokens));
    }

    @Override
    public OptionalLong numTrainedElements(RankShape rank, int part) {
        return OptionalLong.of(part == 0 ? network(rank.model().hiddenSize()).numElements() : 0);
    }

    @Override
    public int numVirtualTokens() {
        return numTokens;
    }

    private PromptNetworks network(long width) {
        long inner = hidden.map(Integer::longValue).orElse(width);
        return lstm
                ? PromptNetworks.lstm(numTokens, width, inner, numLayers)
                : PromptNetworks.perceptron(numTokens, width, inner);
    }

    @Override
    public Map<String, Tensor> derived(Map<String, Tensor> whole) {
        if (whole.containsKey(PromptEncoder.EMBEDDINGS)) {
            return Map.of();
        }
        long width = whole.get(PromptEncoder.PREFIX + "embedding.weight").size(1);
        return Map.of(
                PromptEncoder.EMBEDDINGS,
                PromptEncoder.Network.of(network(width).run(), whole));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = PromptConfig.of(numTokens);
        config.put("encoder_reparameterization_type", lstm ? PTuning.LSTM : PTuning.MLP);
        config.put("encoder_hidden_size", hidden.orElse(null));
        config.put("encoder_num_layers", numLayers);
        config.put("encoder_dropout", 0.0);
        return config;
    }
}
