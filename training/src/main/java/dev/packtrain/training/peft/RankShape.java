package dev.packtrain.training.peft;

import dev.packtrain.training.model.DecoderConfig;
import java.util.stream.Stream;

/**
 * What one rank of a tensor group has of a model, for those who count without building it: query heads and the feed-forward
 * width are divided, a key/value head is on several ranks where there are fewer heads than ranks, and the residual stream is
 * whole (Shoeybi et al. 2019, arXiv 1909.08053).
 *
 * @param model architecture
 * @param tensor {@code tensor_parallel_degree}, one that fits the model
 */
public record RankShape(DecoderConfig model, int tensor) {
    /** Key/value heads of one rank. */
    public int keyValueHeads() {
        return Math.max(1, model.numKeyValueHeads() / tensor);
    }

    /**
     * The linears of a block, in the model's order.
     *
     * @param block from 0
     */
    public Stream<LinearShape> linears(int block) {
        long hidden = model.hiddenSize();
        long queries = (long) model.numAttentionHeads() * model.headDim();
        long keyValues = (long) model.numKeyValueHeads() * model.headDim();
        long intermediate = model.intermediateSize();
        long ownKeyValues = (long) keyValueHeads() * model.headDim();
        String prefix = module(block) + ".";
        return Stream.of(
                new LinearShape(prefix + "self_attn.q_proj", hidden, queries / tensor, hidden, queries),
                new LinearShape(prefix + "self_attn.k_proj", hidden, ownKeyValues, hidden, keyValues),
                new LinearShape(prefix + "self_attn.v_proj", hidden, ownKeyValues, hidden, keyValues),
                new LinearShape(prefix + "self_attn.o_proj", queries / tensor, hidden, queries, hidden),
                new LinearShape(prefix + "mlp.gate_proj", hidden, intermediate / tensor, hidden, intermediate),
                new LinearShape(prefix + "mlp.up_proj", hidden, intermediate / tensor, hidden, intermediate),
                new LinearShape(prefix + "mlp.down_proj", intermediate / tensor, hidden, intermediate, hidden));
    }

    /** Name of a block, from 0. */
    static String module(int block) {
        return "model.layers." + block;
    }
}
