package dev.packtrain.training.generation;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.attention.LayerAttentions;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.AttentionConfig;
import dev.packtrain.training.model.Decoder;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Continues a prompt, with a cache of keys and values, so that each new token costs one token's work. */
public final class Generator {
    private final Decoder model;

    /** With a model, which stays the caller's. */
    public Generator(Decoder model) {
        this.model = model;
    }

    /**
     * Generates until an end token or the limit.
     *
     * @param promptIds at least one token
     * @param onToken is told every new token as it comes, the end token excluded
     * @return the new tokens, the end token excluded
     * @throws BadInputException if prompt and new tokens do not fit into the model's positions or vocabulary
     */
    public int[] generate(int[] promptIds, GenerationOptions options, IntConsumer onToken) {
        int capacity = check(promptIds, options);
        Sampler sampler = new Sampler(options);
        IntStream.Builder generated = IntStream.builder();
        List<Integer> windows = model.config().attention().windows();
        int numVirtual = model.numVirtualTokens();
        LayerAttentions prefill = model.prepareAttention(window -> mask(numVirtual + promptIds.length, window));
        try (KeyValueCache cache = new KeyValueCache(prefill, windows, numVirtual + capacity)) {
            int[] input = promptIds;
            int position = 0;
            for (int i = 0; i < options.maxNewTokens(); i++) {
                int token = sampler.next(logits(input, position, capacity, cache));
                if (options.eosTokenIds().contains(token)) {
                    break;
                }
                onToken.accept(token);
                generated.add(token);
                position += input.length;
                input = new int[] {token};
            }
        }
        return generated.build().toArray();
    }

    private static FlashMask mask(int numTokens, int window) {
        return window == AttentionConfig.NO_WINDOW
                ? FlashMasks.causal(numTokens)
                : FlashMasks.slidingWindow(numTokens, window);
    }

    private float[] logits(int[] input, int position, int capacity, KeyValueCache cache) {
        return TensorScope.value(() -> {
            Tensor logitsV =
                    model.nextLogits(input, position, capacity, cache).cpu().contiguous();
            float[] logits = new float[(int) logitsV.size(0)];
            logitsV.data_ptr_float().get(logits);
            return logits;
        });
    }

    private int check(int[] promptIds, GenerationOptions options) {
        int vocabSize = model.config().vocabSize();
        for (int id : promptIds) {
            if (id < 0 || id >= vocabSize) {
                throw new BadInputException("The prompt holds token id " + id + ", but the model's vocab_size is "
                        + vocabSize + "; use the model's own tokenizer.");
            }
        }
        long total = (long) promptIds.length + options.maxNewTokens();
        int limit = model.config().maxPositions() - model.numVirtualTokens() - model.numPrefixTokens();
        if (promptIds.length == 0 || total > limit) {
            throw new BadInputException(
                    "The prompt has %d tokens and max_new_tokens is %d, wanted at least 1 and at most %d together (max_position_embeddings, less the adapter's virtual tokens); shorten one of them."
                            .formatted(promptIds.length, options.maxNewTokens(), limit));
        }
        return (int) total;
    }
}
