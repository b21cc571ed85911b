package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.pytorch.Tensor;

/**
 * Prefix tuning (Li and Liang 2021, arXiv 2101.00190) with its settings; without a projection it is P-tuning v2 (Liu et al.
 * 2021, arXiv 2110.07602). What is learnt are keys as they are after the rotation, and values, in PEFT's layout: {@code
 * [N, 2 · L · G · D]}.
 *
 * @param numTokens N
 * @param projection whether a network makes them
 * @param hidden its width; empty: G · D
 */
record PrefixAdaptation(int numTokens, boolean projection, Optional<Integer> hidden) implements HookAdaptation {
    @Override
    public String method() {
        return PrefixTuning.NAME;
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        long heads = heads(site.config());
        long width = width(site.config());
        // A rank knows the gradients of its own heads.
        PromptTensors prompts = new PromptTensors(tensors, site, true);
        PromptEncoder encoder = projection
                ? prompts.network(network(heads, width), width)
                : prompts.plain(
                        numTokens, width, split -> Initial.normal(tensors.seed(), PromptEncoder.EMBEDDINGS, split));
        return Optional.of(new PrefixHook(encoder, numTokens, site));
    }

    /** G · D: keys of a token in one layer. */
    private static long heads(DecoderConfig config) {
        return (long) config.numKeyValueHeads() * config.headDim();
    }

    /** Keys and values of a token in all layers. */
    private static long width(DecoderConfig config) {
        return 2L * config.numHiddenLayers() * heads(config);
    }

    @Override
    public OptionalLong numTrainedElements(RankShape rank, int part) {
        if (part > 0) {
            return OptionalLong.of(0);
        }
        long width = width(rank.model());
        return OptionalLong.of(projection ? network(heads(rank.model()), width).numElements() : numTokens * width);
    }

    @Override
    public int numPrefixTokens() {
        return numTokens;
    }

    /** Keys and values of this rank's heads, and their gradients. */
    @Override
    public long numKeptElements(RankShape rank, int part, long rows, long documents) {
        long heads = (long) rank.keyValueHeads() * rank.model().headDim();
        return part > 0 ? 0 : 2L * numTokens * 2 * rank.model().numHiddenLayers() * heads;
    }

    private PromptNetworks network(long heads, long width) {
        return PromptNetworks.projection(
                numTokens, heads, hidden.map(Integer::longValue).orElse(heads), width);
    }

    @Override
    public Map<String, Tensor> derived(Map<String, Tensor> whole) {
        if (whole.containsKey(PromptEncoder.EMBEDDINGS)) {
            return Map.of();
        }
        Tensor out = whole.get(PromptEncoder.PREFIX + "transform.2.bias");
        Tensor in = whole.get(PromptEncoder.PREFIX + "embedding.weight");
        PromptNetworks network = network(in.size(1), out.size(0));
        return Map.of(PromptEncoder.EMBEDDINGS, PromptEncoder.Network.of(network.run(), whole));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = PromptConfig.of(numTokens);
        config.put("prefix_projection", projection);
        config.put("encoder_hidden_size", hidden.orElse(null));
        return config;
    }
}
