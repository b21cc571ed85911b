package dev.packtrain.training.model;

import java.nio.file.Path;
import java.util.List;

/**
 * Token ids that a saved model names in {@code config.json} and {@code generation_config.json}.
 *
 * @param eosTokenIds ids that end a generation; may be empty
 * @param bosTokenId or null
 * @param padTokenId or null
 */
public record SpecialTokens(List<Integer> eosTokenIds, Integer bosTokenId, Integer padTokenId) {
    public SpecialTokens {
        eosTokenIds = List.copyOf(eosTokenIds);
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
