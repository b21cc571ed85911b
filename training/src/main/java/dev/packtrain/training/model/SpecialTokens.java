package dev.packtrain.training.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Token ids that a saved model names in {@code config.json} and {@code generation_config.json}.
 *
 * @param eosTokenIds ids that end a generation; may be empty
 * @param bosTokenId or null
 * @param padTokenId or null
 * @param generationJson a {@code generation_config.json} whose other entries are saved with these; or null
 */
public record SpecialTokens(List<Integer> eosTokenIds, Integer bosTokenId, Integer padTokenId, String generationJson) {
    public SpecialTokens {
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /** Without other entries. */
    public SpecialTokens(List<Integer> eosTokenIds, Integer bosTokenId, Integer padTokenId) {
        this(eosTokenIds, bosTokenId, padTokenId, null);
    }

    /**
     * The same beside what a model directory's {@code generation_config.json} says of writing: how to sample, and further ids that
     * end a text; beside those of its {@code config.json} where there is no such file.
     *
     * @throws dev.packtrain.packing.BadInputException if neither can be read
     */
    public SpecialTokens withGenerationOf(Path hfDir) {
        Path file = hfDir.resolve(HuggingFaceModel.GENERATION);
        ObjectNode json = Files.isRegularFile(file)
                ? ConfigValues.object(file)
                : ConfigValues.object(hfDir.resolve("config.json")).retain("eos_token_id");
        return new SpecialTokens(eosTokenIds, bosTokenId, padTokenId, json.toString());
    }

    /**
     * Of a model directory: {@code generation_config.json} if there is one, else {@code config.json}.
     *
     * @throws dev.packtrain.packing.BadInputException if neither can be read
     */
    public static SpecialTokens read(Path hfDir) {
        return ConfigReader.tokens(hfDir);
    }

    /** Only an end token. */
    public static SpecialTokens eos(int eosTokenId) {
        return new SpecialTokens(List.of(eosTokenId), null, null);
    }
}
