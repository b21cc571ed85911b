package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Prompt tuning (Lester et al. 2021, arXiv 2104.08691) with its settings.
 *
 * @param numTokens N
 * @param sampled whether fresh ones are embedded tokens of the vocabulary, drawn evenly, or N(0, 1)
 */
record PromptAdaptation(int numTokens, boolean sampled) implements HookAdaptation {
    @Override
    public String method() {
        return PromptTuning.NAME;
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        PromptTensors prompts = new PromptTensors(tensors, site, false);
        PromptEncoder encoder =
                prompts.plain(numTokens, site.config().hiddenSize(), split -> initial(site, tensors, split));
        return Optional.of(new PromptHook(encoder, numTokens));
    }

    @Override
    public OptionalLong numTrainedElements(RankShape rank, int part) {
        return OptionalLong.of(part == 0 ? (long) numTokens * rank.model().hiddenSize() : 0);
    }

    @Override
    public int numVirtualTokens() {
        return numTokens;
    }

    private Tensor initial(InputSite site, AdapterTensors tensors, TensorSplit split) {
        if (!sampled) {
            return Initial.normal(tensors.seed(), PromptEncoder.EMBEDDINGS, split);
        }
        long key = ReproducibleBits.key(tensors.seed(), PromptEncoder.EMBEDDINGS);
        return tensors.baseRows(site.embedding().weight().name(), numRows -> LongStream.range(0, numTokens)
                .map(token -> Long.remainderUnsigned(ReproducibleBits.key(key, token), numRows)));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = PromptConfig.of(numTokens);
        config.put("prompt_tuning_init", sampled ? PromptTuning.SAMPLED : PromptTuning.RANDOM);
        return config;
    }
}
