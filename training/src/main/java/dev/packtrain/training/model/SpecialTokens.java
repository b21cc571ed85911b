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
     * @throws dev.packtrain.packing.BadInputException if neither can be read, or its {@code eos_token_id} is none
     */
    public SpecialTokens withGenerationOf(Path hfDir) {
        Path generation = hfDir.resolve(HuggingFaceModel.GENERATION);
        boolean own = Files.isRegularFile(generation);
        Path file = own ? generation : hfDir.resolve("config.json");
        ObjectNode json = ConfigValues.object(file);
        // Now, and not when the first checkpoint is written.
        new ConfigValues(json, "", file.toString()).tokenIds(ConfigReader.EOS);
        return new SpecialTokens(
                eosTokenIds, bosTokenId, padTokenId, (own ? json : json.retain(ConfigReader.EOS)).toString());
    }

    /**
     * Of a model directory: {@code generation_config.json} if there is one, else {@code config.json}.
     *
     * @throws dev.packtrain.packing.BadInputException if neither can be read
     */
    public static SpecialTokens read(Path hfDir) {
        return ConfigReader.tokens(hfDir);
    }

    /**
     * The ids that end a text by a {@code config.json} or {@code generation_config.json}; empty if it names none.
     *
     * @throws dev.packtrain.packing.BadInputException if it cannot be read, or holds something else for them
     */
    public static List<Integer> ends(Path file) {
        return new ConfigValues(ConfigValues.object(file), "", file.toString()).tokenIds(ConfigReader.EOS);
    }

    /** Only an end token. */
    public static SpecialTokens eos(int eosTokenId) {
        return new SpecialTokens(List.of(eosTokenId), null, null);
    }
}
