package dev.packtrain.pipeline.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the chat template and the special tokens among the files of a Hugging Face tokenizer. */
public final class ChatTemplateFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JINJA = "chat_template.jinja";
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private ChatTemplateFiles() {}

    /**
     * The tokenizer's own template: {@code chat_template.jinja} beside it, else {@code chat_template} of its
     * {@code tokenizer_config.json} (text, or a list of named templates with one named {@code default}).
     *
     * @return null if it has none
     * @throws BadInputException if the files cannot be read as such
     */
    public static ChatTemplateSource of(TokenizerFiles tokenizer, Map<String, Object> variables, LocalDateTime now)
            throws IOException {
        Path jinja = Path.of(tokenizer.where()).toAbsolutePath().resolveSibling(JINJA);
        if (Files.isRegularFile(jinja)) {
            return ofFile(jinja, tokenizer, variables, now);
        }
        JsonNode template = parse(tokenizer.configJson(), tokenizer.where()).path("chat_template");
        String where = tokenizer.where() + " (tokenizer_config.json)";
        if (template.isMissingNode() || template.isNull()) {
            return null;
        }
        Map<String, String> tokens = specialTokens(tokenizer);
        if (template.isTextual()) {
            return new ChatTemplateSource(where, template.textValue(), null, tokens, variables, now);
        }
        Map<String, String> named = named(template);
        if (!named.containsKey("default")) {
            throw new BadInputException(
                    "%s has the chat templates %s; wanted a text or one named \"default\"; give the file of a template"
                            .formatted(where, named.keySet()));
        }
        return new ChatTemplateSource(where, named.get("default"), named.get("tool_use"), tokens, variables, now);
    }

    /** A template from a file of its own, with the special tokens of a tokenizer. */
    public static ChatTemplateSource ofFile(
            Path jinja, TokenizerFiles tokenizer, Map<String, Object> variables, LocalDateTime now) throws IOException {
        String template = Files.readString(jinja, StandardCharsets.UTF_8);
        return new ChatTemplateSource(jinja.toString(), template, null, specialTokens(tokenizer), variables, now);
    }

    private static Map<String, String> named(JsonNode templates) {
        Map<String, String> named = new HashMap<>();
        if (templates.isArray()) {
            for (JsonNode one : templates) {
                named.put(one.path("name").asText(), one.path("template").asText());
            }
        } else {
            templates
                    .properties()
                    .forEach(one -> named.put(one.getKey(), one.getValue().asText()));
        }
        return named;
    }

    /** Texts of the special tokens, which the files give as such or as objects with {@code content}. */
    static Map<String, String> specialTokens(TokenizerFiles tokenizer) {
        Map<String, String> tokens = new HashMap<>();
        collect(parse(tokenizer.specialTokensJson(), tokenizer.where()), tokens);
        JsonNode config = parse(tokenizer.configJson(), tokenizer.where());
        collect(config, tokens);
        JsonNode extra = config.path("extra_special_tokens");
        if (extra.isObject()) {
            extra.properties().forEach(token -> put(token.getKey(), token.getValue(), tokens));
        }
        return tokens;
    }

    private static void collect(JsonNode file, Map<String, String> tokens) {
        for (String name : TOKENS) {
            put(name, file.path(name), tokens);
        }
    }

    private static void put(String name, JsonNode token, Map<String, String> tokens) {
        JsonNode text = token.isObject() ? token.path("content") : token;
        if (text.isTextual()) {
            tokens.put(name, text.textValue());
        }
    }

    private static JsonNode parse(byte[] json, String where) {
        if (json.length == 0) {
            return JSON.createObjectNode();
        }
        try {
            return JSON.readTree(json);
        } catch (IOException malformed) {
            throw new BadInputException(
                    "the tokenizer_config.json or special_tokens_map.json beside %s is not JSON (%s); give the files of a Hugging Face tokenizer"
                            .formatted(
                                    where,
                                    malformed.getMessage().lines().findFirst().orElse("no message")),
                    malformed);
        }
    }
}
