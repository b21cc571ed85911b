package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.InputHook;
import dev.packtrain.training.model.InputSite;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Prompt tuning (Lester et al. 2021, arXiv 2104.08691) with its settings.
 *
 * @param numTokens N
 * @param start what fresh ones are
 */
record PromptAdaptation(int numTokens, PromptStart start) implements HookAdaptation {
    @Override
    public String method() {
        return PromptTuning.NAME;
    }

    @Override
    public Optional<InputHook> input(InputSite site, AdapterTensors tensors) {
        PromptTensors prompts = new PromptTensors(tensors, site, false);
        PromptEncoder encoder =
                prompts.plain(numTokens, site.config().hiddenSize(), split -> start.values(site, tensors, split));
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

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = PromptConfig.of(numTokens);
        config.put(PromptTuning.INITIAL, start.kind().name());
        start.text().ifPresent(text -> {
            config.put(PromptTuning.INITIAL_TEXT, text);
            config.put(AdapterDirectory.TOKENIZER, "");
        });
        return config;
    }
}
