package dev.packtrain.training.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Between {@code config.json} and {@link LlamaConfig}. Defaults are those of Hugging Face's {@code LlamaConfig}. */
final class ConfigJson {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final ObjectNode json;
    private final String where;

    private ConfigJson(ObjectNode json, String where) {
        this.json = json;
        this.where = where;
    }

    static LlamaConfig read(Path path, Map<String, String> overrides) {
        Path file = Files.isDirectory(path) ? path.resolve("config.json") : path;
        ObjectNode json = object(file);
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            try {
                json.set(override.getKey(), MAPPER.readTree(override.getValue()));
            } catch (JsonProcessingException e) {
                json.put(override.getKey(), override.getValue());
            }
        }
        return new ConfigJson(json, file.toString()).config();
    }

    private static ObjectNode object(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("There is no model configuration at " + file
                    + "; give a Hugging Face model directory or a config.json.");
        }
        try {
            if (MAPPER.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
                return object;
            }
            throw new BadInputException(file + " is not a JSON object, wanted a Hugging Face config.json.");
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    file + " is not valid JSON (" + e.getOriginalMessage() + "), wanted a Hugging Face config.json.",
                    e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
    }

    private LlamaConfig config() {
        refuse("model_type", json.path("model_type").asText("none"), "llama");
        refuse("hidden_act", json.path("hidden_act").asText("silu"), "silu");
        refuse("attention_bias", json.path("attention_bias").asText("false"), "false");
        refuse("mlp_bias", json.path("mlp_bias").asText("false"), "false");
        refuse("pretraining_tp", json.path("pretraining_tp").asText("1"), "1");
        refuse("attention_dropout", Double.toString(number("attention_dropout", 0.0)), "0.0");
        if (json.hasNonNull("quantization_config")) {
            throw unsupported("quantization_config", "set", "absent");
        }
        int hidden = integer("hidden_size", 0);
        int heads = integer("num_attention_heads", 0);
        LlamaConfig config = new LlamaConfig(
                integer("vocab_size", 0),
                hidden,
                integer("intermediate_size", 0),
                integer("num_hidden_layers", 0),
                heads,
                integer("num_key_value_heads", heads),
                integer("head_dim", hidden / heads),
                number("rms_norm_eps", 1e-6),
                ropeTheta(),
                bool("tie_word_embeddings"),
                integer("max_position_embeddings", 2048),
                number("initializer_range", 0.02),
                json.toString());
        if (heads % config.numKeyValueHeads() != 0) {
            throw wrong("num_key_value_heads", json.path("num_key_value_heads"), "a divisor of num_attention_heads");
        }
        if (config.headDim() % 2 != 0) {
            throw wrong("head_dim", json.path("head_dim"), "an even number");
        }
        return config;
    }

    // Transformers 5 writes rope_parameters, older ones rope_theta and rope_scaling.
    private double ropeTheta() {
        JsonNode parameters = json.path("rope_parameters");
        JsonNode scaling = json.path("rope_scaling");
        refuse("rope_parameters.rope_type", parameters.path("rope_type").asText("default"), "default");
        String oldType = scaling.path("type").asText("default");
        refuse("rope_scaling.rope_type", scaling.path("rope_type").asText(oldType), "default");
        double theta = parameters.path("rope_theta").isNumber()
                ? parameters.path("rope_theta").asDouble()
                : number("rope_theta", 10000.0);
        if (!(theta > 0)) {
            throw wrong("rope_theta", json.path("rope_theta"), "a positive number");
        }
        return theta;
    }

    private int integer(String key, int fallback) {
        JsonNode node = json.path(key);
        if ((node.isMissingNode() || node.isNull()) && fallback > 0) {
            return fallback;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < 1) {
            throw wrong(key, node, "a positive integer");
        }
        return node.asInt();
    }

    private double number(String key, double fallback) {
        JsonNode node = json.path(key);
        if (node.isMissingNode() || node.isNull()) {
            return fallback;
        }
        if (!node.isNumber() || node.asDouble() < 0) {
            throw wrong(key, node, "a number of at least 0");
        }
        return node.asDouble();
    }

    private boolean bool(String key) {
        JsonNode node = json.path(key);
        if (!node.isMissingNode() && !node.isBoolean()) {
            throw wrong(key, node, "true or false");
        }
        return node.asBoolean(false);
    }

    private BadInputException wrong(String key, JsonNode got, String wanted) {
        String shown = got.isMissingNode() ? "missing" : got.toString();
        return new BadInputException(key + " is " + shown + ", wanted " + wanted + ", in " + where + ".");
    }

    private void refuse(String key, String got, String supported) {
        if (!got.equals(supported)) {
            throw unsupported(key, got, supported);
        }
    }

    private BadInputException unsupported(String key, String got, String supported) {
        return new BadInputException(key + " is " + got + ", but only " + supported + " is supported so far, in "
                + where + "; use another model.");
    }

    static String write(LlamaConfig config, String dtype, SpecialTokens tokens) {
        ObjectNode json = MAPPER.createObjectNode();
        try {
            if (config.sourceJson() != null && MAPPER.readTree(config.sourceJson()) instanceof ObjectNode source) {
                json = source;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("sourceJson was parsed before", e);
        }
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("model_type", "llama");
        json.put("dtype", dtype);
        json.remove("torch_dtype");
        json.put("vocab_size", config.vocabSize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("num_attention_heads", config.numAttentionHeads());
        json.put("num_key_value_heads", config.numKeyValueHeads());
        json.put("head_dim", config.headDim());
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", config.rmsNormEps());
        json.put("tie_word_embeddings", config.tieWordEmbeddings());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        json.put("initializer_range", config.initializerRange());
        json.put("attention_bias", false);
        json.put("mlp_bias", false);
        json.remove("rope_scaling");
        // Both spellings: transformers 5 reads rope_parameters, older readers rope_theta.
        json.put("rope_theta", config.ropeTheta());
        json.putObject("rope_parameters").put("rope_type", "default").put("rope_theta", config.ropeTheta());
        putTokens(json, tokens);
        return json.toPrettyString() + "\n";
    }

    /** Sets {@code bos_token_id}, {@code eos_token_id} and {@code pad_token_id} where known. */
    static void putTokens(ObjectNode json, SpecialTokens tokens) {
        if (tokens.eosTokenIds().size() == 1) {
            json.put("eos_token_id", tokens.eosTokenIds().get(0));
        } else if (!tokens.eosTokenIds().isEmpty()) {
            json.set("eos_token_id", MAPPER.valueToTree(tokens.eosTokenIds()));
        }
        if (tokens.bosTokenId() != null) {
            json.put("bos_token_id", tokens.bosTokenId());
        }
        if (tokens.padTokenId() != null) {
            json.put("pad_token_id", tokens.padTokenId());
        }
    }

    static SpecialTokens tokens(Path hfDir) {
        Path generation = hfDir.resolve("generation_config.json");
        ObjectNode json = object(Files.isRegularFile(generation) ? generation : hfDir.resolve("config.json"));
        JsonNode eos = json.path("eos_token_id");
        List<Integer> eosTokenIds = new ArrayList<>();
        if (eos.isArray()) {
            eos.forEach(id -> eosTokenIds.add(id.asInt()));
        } else if (eos.isInt()) {
            eosTokenIds.add(eos.asInt());
        }
        return new SpecialTokens(eosTokenIds, optional(json, "bos_token_id"), optional(json, "pad_token_id"));
    }

    private static Integer optional(ObjectNode json, String key) {
        return json.path(key).isInt() ? (Integer) json.path(key).asInt() : null;
    }

    /** A {@code generation_config.json}. */
    static String generation(SpecialTokens tokens) {
        ObjectNode json = MAPPER.createObjectNode();
        putTokens(json, tokens);
        return json.toPrettyString() + "\n";
    }
}
