package dev.packtrain.jobs.plan;

import dev.packtrain.training.model.AttentionConfig;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.peft.RankShape;

/**
 * Parameters of a model that one rank of a tensor group holds, by part: all of them at degree 1. Query heads, feed-forward
 * width and vocabulary are divided; a key/value head is on several ranks where there are fewer heads than ranks; norms, and
 * biases behind row-parallel layers, are whole on every rank (Shoeybi et al. 2019, arXiv 1909.08053).
 *
 * @param embedding rows of the vocabulary; of the largest rank where they do not divide
 * @param block one block
 * @param norm the last norm
 * @param head the output head; 0 if it is the embedding
 * @param numBlocks blocks
 */
public record ParameterCount(long embedding, long block, long norm, long head, int numBlocks) {
    /**
     * Counts.
     *
     * @param tensor {@code tensor_parallel_degree}, one that fits the model
     */
    public static ParameterCount of(DecoderConfig model, int tensor) {
        long hidden = model.hiddenSize();
        long vocabulary = ((long) model.vocabSize() + tensor - 1) / tensor * hidden;
        return new ParameterCount(
                vocabulary,
                attention(model, tensor) + 3 * hidden * (model.intermediateSize() / tensor) + 2 * hidden,
                hidden,
                model.tieWordEmbeddings() ? 0 : vocabulary,
                model.numHiddenLayers());
    }

    private static long attention(DecoderConfig model, int tensor) {
        AttentionConfig attention = model.attention();
        long hidden = model.hiddenSize();
        long queries = (long) model.numAttentionHeads() / tensor * model.headDim();
        long keysAndValues = 2L * new RankShape(model, tensor).keyValueHeads() * model.headDim();
        long bias =
                switch (attention.bias()) {
                    case NONE -> 0;
                    case INPUT -> queries + keysAndValues;
                    case ALL -> queries + keysAndValues + hidden;
                };
        long headNorms = attention.queryKeyNorm() ? 2L * model.headDim() : 0;
        return hidden * (2 * queries + keysAndValues) + bias + headNorms;
    }

    /** All parts. */
    public long total() {
        return embedding + numBlocks * block + norm + head;
    }

    /** Of the parts before and behind the blocks the larger one; the last norm goes with the head. */
    long largerEnd() {
        return Math.max(embedding, norm + head);
    }

    /** Parameters that a token is multiplied with: all but the embedding, which is looked up; a tied head counts. */
    long multiplied() {
        return numBlocks * block + norm + (head == 0 ? embedding : head);
    }
}
