package dev.packtrain.training.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.RopeScaling.DynamicNtk;
import dev.packtrain.training.model.RopeScaling.Linear;
import dev.packtrain.training.model.RopeScaling.Llama3;
import dev.packtrain.training.model.RopeScaling.None;
import dev.packtrain.training.model.RopeScaling.Yarn;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** From {@link DecoderConfig} to a {@code config.json} that {@code transformers} 5, and its older versions, load. */
final class ConfigWriter {
    private final DecoderConfig config;
    private final ObjectNode json;

    private ConfigWriter(DecoderConfig config, ObjectNode json) {
        this.config = config;
        this.json = json;
    }

    /**
     * The text of the file: what was read, with what is known here set.
     *
     * @param config without {@link RopeScaling.Ntk}, for which no version of {@code transformers} has a name
     * @param sourceJson of the file that was read, or null
     * @param dtype of the weights, such as {@code float32}
     */
    static String write(DecoderConfig config, String sourceJson, String dtype, SpecialTokens tokens) {
        ObjectNode json = source(sourceJson);
        json.put("dtype", dtype);
        json.remove("torch_dtype");
        ConfigWriter writer = new ConfigWriter(config, json);
        writer.sizes();
        writer.attention();
        writer.rope();
        putTokens(json, tokens);
        return json.toPrettyString() + "\n";
    }

    private static ObjectNode source(String sourceJson) {
        if (sourceJson == null) {
            return ConfigValues.MAPPER.createObjectNode();
        }
        try {
            return (ObjectNode) ConfigValues.MAPPER.readTree(sourceJson);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("sourceJson was parsed before", e);
        }
    }

    private void sizes() {
        json.putArray("architectures").add(config.family().architecture());
        json.put("model_type", config.family().modelType());
        json.put("vocab_size", config.vocabSize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", config.rmsNormEps());
        json.put("tie_word_embeddings", config.tieWordEmbeddings());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        json.put("initializer_range", config.initializerRange());
    }

    private void attention() {
        AttentionConfig attention = config.attention();
        json.put("num_attention_heads", attention.numQueryHeads());
        json.put("num_key_value_heads", attention.numKeyValueHeads());
        json.put("head_dim", attention.headDim());
        boolean all = attention.bias() == AttentionConfig.Bias.ALL;
        Integer window = attention.slidingWindow() == AttentionConfig.NO_WINDOW ? null : attention.slidingWindow();
        switch (config.family()) {
            case LLAMA -> {
                json.put("attention_bias", all);
                json.put("mlp_bias", false);
            }
            case MISTRAL -> json.put("sliding_window", window);
            case QWEN2 -> qwenWindows(attention, window);
            case QWEN3 -> {
                json.put("attention_bias", all);
                qwenWindows(attention, window);
            }
        }
    }

    private void qwenWindows(AttentionConfig attention, Integer window) {
        json.put("use_sliding_window", window != null);
        json.put("sliding_window", window);
        ArrayNode types = json.putArray("layer_types");
        attention
                .windows()
                .forEach(each -> types.add(each == AttentionConfig.NO_WINDOW ? "full_attention" : "sliding_attention"));
    }

    /** Both spellings: transformers 5 reads rope_parameters, older versions rope_theta and rope_scaling. */
    private void rope() {
        RopeScaling scaling = config.rope().scaling();
        double theta = config.rope().theta();
        json.put("rope_theta", theta);
        ObjectNode parameters = json.putObject("rope_parameters").put("rope_type", scaling.type());
        put(parameters, scaling);
        json.remove("rope_scaling");
        if (!(scaling instanceof None)) {
            json.set("rope_scaling", parameters.deepCopy());
        }
        parameters.put("rope_theta", theta);
    }

    private static void put(ObjectNode to, RopeScaling scaling) {
        if (scaling instanceof Linear linear) {
            to.put("factor", linear.factor());
        } else if (scaling instanceof DynamicNtk dynamic) {
            to.put("factor", dynamic.factor());
        } else if (scaling instanceof Yarn yarn) {
            to.put("factor", yarn.factor());
            to.put("original_max_position_embeddings", yarn.original());
            to.put("beta_fast", yarn.betaFast());
            to.put("beta_slow", yarn.betaSlow());
            to.put("truncate", yarn.truncate());
            to.put("attention_factor", yarn.attentionFactor());
        } else if (scaling instanceof Llama3 llama3) {
            to.put("factor", llama3.factor());
            to.put("original_max_position_embeddings", llama3.original());
            to.put("low_freq_factor", llama3.lowFreqFactor());
            to.put("high_freq_factor", llama3.highFreqFactor());
        }
    }

    /** Sets {@code bos_token_id}, {@code eos_token_id} and {@code pad_token_id} where known. */
    private static void putTokens(ObjectNode json, SpecialTokens tokens) {
        if (tokens.eosTokenIds().size() == 1) {
            json.put("eos_token_id", tokens.eosTokenIds().get(0));
        } else if (!tokens.eosTokenIds().isEmpty()) {
            json.set("eos_token_id", ConfigValues.MAPPER.valueToTree(tokens.eosTokenIds()));
        }
        if (tokens.bosTokenId() != null) {
            json.put("bos_token_id", tokens.bosTokenId());
        }
        if (tokens.padTokenId() != null) {
            json.put("pad_token_id", tokens.padTokenId());
        }
    }

    /** A {@code generation_config.json}: the one that the tokens know of, with them set. What ended a text before still does. */
    static String generation(SpecialTokens tokens) {
        ObjectNode json = source(tokens.generationJson());
        Set<Integer> eos = new LinkedHashSet<>(tokens.eosTokenIds());
        eos.addAll(new ConfigValues(json, "", HuggingFaceModel.GENERATION).tokenIds(ConfigReader.EOS));
        putTokens(json, new SpecialTokens(List.copyOf(eos), tokens.bosTokenId(), tokens.padTokenId()));
        return json.toPrettyString() + "\n";
    }
}
