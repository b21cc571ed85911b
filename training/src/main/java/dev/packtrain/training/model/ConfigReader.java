package dev.packtrain.training.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * From {@code config.json} to {@link DecoderConfig}. What is not there has the default of the family's configuration class in
 * {@code transformers} 5.
 */
final class ConfigReader {
    private static final String SLIDING = "sliding_attention";
    static final String EOS = "eos_token_id";
    private static final String FULL = "full_attention";
    private static final int QWEN_WINDOW = 4096;
    private static final int QWEN_MAX_WINDOW_LAYERS = 28;
    private static final int QWEN_KEY_VALUE_HEADS = 32;
    private static final int QWEN3_HEAD_DIM = 128;

    private final ConfigValues values;
    private final ModelFamily family;

    private ConfigReader(ConfigValues values, ModelFamily family) {
        this.values = values;
        this.family = family;
    }

    static DecoderConfig read(Path path, Map<String, String> overrides) {
        Path file = Files.isDirectory(path) ? path.resolve("config.json") : path;
        ObjectNode json = ConfigValues.object(file);
        ConfigOverrides.apply(overrides, json);
        ConfigValues values = new ConfigValues(json, "", file.toString());
        String modelType = values.text("model_type", "missing");
        ModelFamily family = ModelFamily.of(modelType)
                .orElseThrow(() -> values.unsupported("model_type", modelType, "one of " + ModelFamily.modelTypes()));
        return new ConfigReader(values, family).config();
    }

    private DecoderConfig config() {
        refuseWhatIsNotSupported();
        int layers = values.integer("num_hidden_layers");
        int maxPositions = values.integer(
                "max_position_embeddings",
                switch (family) {
                    case LLAMA -> 2048;
                    case QWEN2, QWEN3 -> 32_768;
                    case MISTRAL -> 131_072;
                });
        AttentionConfig attention = attention(layers);
        DecoderConfig.Rope rope = RopeReader.read(values, maxPositions);
        if (attention.headDim() == 2 && rope.scaling().isByBase()) {
            throw values.wrong(
                    "head_dim",
                    "at least 4 with the rope_type " + rope.scaling().type());
        }
        return new DecoderConfig(
                family,
                values.integer("vocab_size"),
                values.integer("hidden_size"),
                values.integer("intermediate_size"),
                layers,
                attention,
                values.number("rms_norm_eps", 1e-6),
                rope,
                values.flag("tie_word_embeddings", false),
                maxPositions,
                values.number("initializer_range", 0.02),
                values.json().toString());
    }

    private void refuseWhatIsNotSupported() {
        values.require("hidden_act", values.text("hidden_act", "silu"), "silu");
        values.require("mlp_bias", values.text("mlp_bias", "false"), "false");
        values.require("pretraining_tp", values.text("pretraining_tp", "1"), "1");
        values.require("attention_dropout", Double.toString(values.number("attention_dropout", 0.0)), "0.0");
        if (values.has("quantization_config")) {
            throw values.unsupported("quantization_config", "set", "absent");
        }
    }

    private AttentionConfig attention(int layers) {
        int heads = values.integer("num_attention_heads");
        int keyValueHeads = keyValueHeads(heads);
        int headDim = headDim(heads);
        if (heads % keyValueHeads != 0) {
            throw values.wrong("num_key_value_heads", "a divisor of num_attention_heads");
        }
        if (headDim < 2 || headDim % 2 != 0) {
            throw values.wrong("head_dim", "an even number");
        }
        return new AttentionConfig(heads, keyValueHeads, headDim, bias(), family == ModelFamily.QWEN3, windows(layers));
    }

    /** Null asks for as many as query heads; a key that is not there for what the family's class says. */
    private int keyValueHeads(int heads) {
        boolean isNull = values.json().path("num_key_value_heads").isNull();
        return values.integer(
                "num_key_value_heads",
                switch (family) {
                    case LLAMA -> heads;
                    case QWEN2, QWEN3 -> isNull ? heads : QWEN_KEY_VALUE_HEADS;
                    case MISTRAL -> isNull ? heads : 8;
                });
    }

    private int headDim(int heads) {
        return family == ModelFamily.QWEN3
                ? values.integer("head_dim", QWEN3_HEAD_DIM)
                : values.integer("head_dim", values.integer("hidden_size") / heads);
    }

    private AttentionConfig.Bias bias() {
        boolean all = values.flag("attention_bias", false);
        return switch (family) {
            case LLAMA, QWEN3 -> all ? AttentionConfig.Bias.ALL : AttentionConfig.Bias.NONE;
            case QWEN2 -> {
                refuseBias("part of the model, at query, key and value", all);
                yield AttentionConfig.Bias.INPUT;
            }
            case MISTRAL -> {
                refuseBias("false", all);
                yield AttentionConfig.Bias.NONE;
            }
        };
    }

    private void refuseBias(String fixed, boolean all) {
        if (all) {
            throw new BadInputException("attention_bias is true, but in %s it is always %s, in %s; leave it out."
                    .formatted(family.title(), fixed, values.where()));
        }
    }

    private List<Integer> windows(int layers) {
        return switch (family) {
            case LLAMA -> Collections.nCopies(layers, AttentionConfig.NO_WINDOW);
            case MISTRAL -> {
                values.requireAbsent("layer_types");
                boolean isNull = values.json().path("sliding_window").isNull();
                int window = isNull ? AttentionConfig.NO_WINDOW : values.integer("sliding_window", 4096);
                yield Collections.nCopies(layers, window);
            }
            case QWEN2, QWEN3 -> qwenWindows(layers);
        };
    }

    private List<Integer> qwenWindows(int layers) {
        boolean isNull = values.json().path("sliding_window").isNull();
        boolean used = values.flag("use_sliding_window", false) && !isNull;
        int window = used ? values.integer("sliding_window", QWEN_WINDOW) : AttentionConfig.NO_WINDOW;
        List<Boolean> slides = values.has("layer_types") ? layerTypes(layers) : null;
        int first = values.integerOrZero("max_window_layers", QWEN_MAX_WINDOW_LAYERS);
        List<Integer> windows = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean sliding = slides == null ? layer >= first : slides.get(layer);
            if (slides != null && sliding && !used) {
                throw values.wrong(
                        "layer_types", FULL + " only, as use_sliding_window and sliding_window give no window");
            }
            windows.add(sliding ? window : AttentionConfig.NO_WINDOW);
        }
        return windows;
    }

    /** Whether each layer slides. */
    private List<Boolean> layerTypes(int layers) {
        JsonNode types = values.json().path("layer_types");
        List<Boolean> slides = new ArrayList<>();
        for (JsonNode type : types) {
            if (!type.asText().equals(SLIDING) && !type.asText().equals(FULL)) {
                throw values.unsupported("layer_types", type.toString(), FULL + " or " + SLIDING);
            }
            slides.add(type.asText().equals(SLIDING));
        }
        if (slides.size() != layers) {
            throw values.wrong("layer_types", "a list of %d, one a layer".formatted(layers));
        }
        return slides;
    }

    static SpecialTokens tokens(Path hfDir) {
        Path generation = hfDir.resolve(HuggingFaceModel.GENERATION);
        Path file = Files.isRegularFile(generation) ? generation : hfDir.resolve("config.json");
        ObjectNode json = ConfigValues.object(file);
        List<Integer> eos = new ConfigValues(json, "", file.toString()).tokenIds(EOS);
        return new SpecialTokens(eos, optional(json, "bos_token_id"), optional(json, "pad_token_id"));
    }

    private static Integer optional(ObjectNode json, String key) {
        return json.path(key).isInt() ? (Integer) json.path(key).asInt() : null;
    }
}
