package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/** What the files of a tokenizer say about its ids: how many there are, and which end or start a sequence. */
final class TokenizerVocabulary {
    private static final List<String> KNOWN_EOS =
            List.of("</s>", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|im_end|>");

    /** A list of merges nests little, but a vocabulary may be tens of megabytes. */
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

    private final TokenizerFiles files;
    private final JsonNode tokenizer;
    private final JsonNode config;
    private final JsonNode specialTokens;

    private TokenizerVocabulary(TokenizerFiles files, JsonNode tokenizer) {
        this.files = files;
        this.tokenizer = tokenizer;
        this.config = parse(files.configJson(), files);
        this.specialTokens = parse(files.specialTokensJson(), files);
    }

    /** Parses the files. */
    static TokenizerVocabulary of(TokenizerFiles files) {
        JsonNode tokenizer = parse(files.tokenizerJson(), files);
        if (!tokenizer.path("model").isObject()) {
            throw new BadInputException(
                    "%s is not a tokenizer that can be loaded (it has no \"model\"); give the tokenizer.json of a Hugging Face tokenizer"
                            .formatted(files.where()));
        }
        return new TokenizerVocabulary(files, tokenizer);
    }

    private static JsonNode parse(byte[] json, TokenizerFiles files) {
        try {
            return JSON.readTree(json);
        } catch (IOException malformed) {
            throw new BadInputException(
                    "%s, or the tokenizer_config.json or special_tokens_map.json beside it, is not JSON (%s); give the files of a Hugging Face tokenizer"
                            .formatted(
                                    files.where(),
                                    malformed.getMessage().lines().findFirst().orElse("no message")),
                    malformed);
        }
    }

    /** {@code tokenizer.json}. */
    JsonNode root() {
        return tokenizer;
    }

    /** One more than the largest id. */
    int size() {
        int largest = -1;
        JsonNode vocab = tokenizer.path("model").path("vocab");
        if (vocab.isArray()) {
            // Unigram: the id is the index.
            largest = vocab.size() - 1;
        } else {
            for (JsonNode id : vocab) {
                largest = Math.max(largest, id.asInt());
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            largest = Math.max(largest, added.path("id").asInt());
        }
        return largest + 1;
    }

    /**
     * The token that ends a target.
     *
     * @param chosen {@code eos_token}, or null for what the files say
     * @throws BadInputException if they do not say, or name one that is not in the vocabulary
     */
    int eosTokenId(String chosen) {
        if (chosen != null) {
            return id(chosen)
                    .orElseThrow(() -> new BadInputException(
                            "eos_token is \"%s\", which %s does not have; give a token of its vocabulary"
                                    .formatted(chosen, files.where())));
        }
        String named = named("eos_token");
        if (!named.isEmpty()) {
            // Another one in its place would be learnt, and text would not end where the model's own files say.
            return id(named)
                    .orElseThrow(() -> new BadInputException(
                            "the files beside %s say that eos_token is \"%s\", which it does not have; give a token of its vocabulary with --eos_token"
                                    .formatted(files.where(), named)));
        }
        for (String known : KNOWN_EOS) {
            OptionalInt id = added(known);
            if (id.isPresent()) {
                return id.getAsInt();
            }
        }
        throw new BadInputException(
                "%s does not say which token ends a text; name it with --eos_token".formatted(files.where()));
    }

    /** The token that starts a sequence, if the files name one. */
    OptionalInt bosTokenId() {
        String named = named("bos_token");
        return named.isEmpty() ? OptionalInt.empty() : id(named);
    }

    /** The token that tokenizer_config.json, or else special_tokens_map.json, names; empty if none does. */
    private String named(String key) {
        String configured = content(config.path(key));
        return configured.isEmpty() ? content(specialTokens.path(key)) : configured;
    }

    private static String content(JsonNode token) {
        return token.isTextual() ? token.asText() : token.path("content").asText("");
    }

    private OptionalInt id(String token) {
        OptionalInt added = added(token);
        if (added.isPresent()) {
            return added;
        }
        JsonNode vocab = tokenizer.path("model").path("vocab");
        if (vocab.isArray()) {
            for (int i = 0; i < vocab.size(); i++) {
                if (vocab.get(i).path(0).asText().equals(token)) {
                    return OptionalInt.of(i);
                }
            }
        }
        JsonNode id = vocab.path(token);
        return id.isInt() ? OptionalInt.of(id.asInt()) : OptionalInt.empty();
    }

    private OptionalInt added(String token) {
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return OptionalInt.of(added.path("id").asInt());
            }
        }
        return OptionalInt.empty();
    }
}
