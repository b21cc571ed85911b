package dev.packtrain.training.model;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;

/**
 * Architecture of a decoder, named as in Hugging Face's {@code config.json}.
 *
 * @param family how it is called and saved
 * @param vocabSize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward layer
 * @param numHiddenLayers blocks
 * @param attention heads, biases, norms and windows
 * @param rmsNormEps added to the mean square
 * @param rope positions
 * @param tieWordEmbeddings whether the output head is the embedding
 * @param maxPositionEmbeddings positions, before {@code rope} scales them
 * @param initializerRange standard deviation of fresh weights
 * @param sourceJson the {@code config.json} this was read from, overrides included, so that saving keeps keys unknown here
 */
public record DecoderConfig(
        ModelFamily family,
        int vocabSize,
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        AttentionConfig attention,
        double rmsNormEps,
        Rope rope,
        boolean tieWordEmbeddings,
        int maxPositionEmbeddings,
        double initializerRange,
        String sourceJson) {
    /**
     * Rotary positions.
     *
     * @param theta base of the frequencies
     * @param scaling how they reach further
     */
    public record Rope(double theta, RopeScaling scaling) {}

    /**
     * Reads a {@code config.json}.
     *
     * @param file the file, or a directory that holds one
     * @param overrides entries to replace first, values as in JSON ({@code "num_hidden_layers": "4"})
     * @throws dev.packtrain.packing.BadInputException if a key is missing or asks for what is not supported
     */
    public static DecoderConfig read(Path file, Map<String, String> overrides) {
        return ConfigReader.read(file, overrides);
    }

    /** A plain Llama: no bias, no scaling of positions. */
    public DecoderConfig(
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
        this(
                ModelFamily.LLAMA,
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                new AttentionConfig(
                        numAttentionHeads,
                        numKeyValueHeads,
                        headDim,
                        AttentionConfig.Bias.NONE,
                        false,
                        Collections.nCopies(numHiddenLayers, AttentionConfig.NO_WINDOW)),
                rmsNormEps,
                new Rope(ropeTheta, new RopeScaling.None()),
                tieWordEmbeddings,
                maxPositionEmbeddings,
                initializerRange,
                sourceJson);
    }

    /**
     * Whether weights of the one are weights of the other, whatever else their files say and however they spell it: an
     * {@link RopeScaling.Ntk} is another base.
     */
    public boolean isSameAs(DecoderConfig other) {
        return spelledOut().equals(other.spelledOut());
    }

    /** What of the architecture differs where {@link #isSameAs} does not hold: this one's first. */
    public String differencesFrom(DecoderConfig other) {
        return String.join(", ", RecordDifferences.between(spelledOut(), other.spelledOut()));
    }

    private DecoderConfig spelledOut() {
        return rope.scaling() instanceof RopeScaling.Ntk ntk
                ? withoutSource(new Rope(ntk.base(headDim(), rope.theta()), new RopeScaling.None()), maxPositions())
                : withoutSource(rope, maxPositionEmbeddings);
    }

    private DecoderConfig withoutSource(Rope otherRope, int positions) {
        return new DecoderConfig(
                family,
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                attention,
                rmsNormEps,
                otherRope,
                tieWordEmbeddings,
                positions,
                initializerRange,
                "");
    }

    /** Query heads. */
    public int numAttentionHeads() {
        return attention.numQueryHeads();
    }

    /** Key and value heads. */
    public int numKeyValueHeads() {
        return attention.numKeyValueHeads();
    }

    /** Width of a head. */
    public int headDim() {
        return attention.headDim();
    }

    /** Longest document in tokens. */
    public int maxPositions() {
        return rope.scaling().maxPositions(maxPositionEmbeddings);
    }

    /** The {@code config.json} to save: the one read, or one made from the fields. */
    String toJson(String dtype, SpecialTokens tokens) {
        return ConfigWriter.write(spelledOut(), sourceJson, dtype, tokens);
    }
}
