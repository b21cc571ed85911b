package dev.packtrain.training.model;

import java.nio.file.Path;
import java.util.Map;

/**
 * Architecture of a Llama-like model, named as in Hugging Face's {@code config.json}.
 *
 * @param vocabSize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward layer
 * @param numHiddenLayers blocks
 * @param numAttentionHeads query heads
 * @param numKeyValueHeads key and value heads; divides {@code numAttentionHeads}
 * @param headDim width of a head
 * @param rmsNormEps added to the mean square
 * @param ropeTheta base of the rotary frequencies
 * @param tieWordEmbeddings whether the output head is the embedding
 * @param maxPositionEmbeddings longest document in tokens
 * @param initializerRange standard deviation of fresh weights
 * @param sourceJson the {@code config.json} this was read from, overrides included, so that saving keeps keys unknown here
 */
public record LlamaConfig(
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        double rmsNormEps,
        double ropeTheta,
        boolean tieWordEmbeddings,
        int maxPositionEmbeddings,
        double initializerRange,
        String sourceJson) {

    /**
     * Reads a {@code config.json}.
     *
     * @param file the file, or a directory that holds one
     * @param overrides entries to replace first, values as in JSON ({@code "num_hidden_layers": "4"})
     * @throws dev.packtrain.packing.BadInputException if a key is missing or asks for what is not supported
     */
    public static LlamaConfig read(Path file, Map<String, String> overrides) {
        return ConfigJson.read(file, overrides);
    }

    /** The {@code config.json} to save: the one read, or one made from the fields. */
    String toJson(String dtype, SpecialTokens tokens) {
        return ConfigJson.write(this, dtype, tokens);
    }
}
