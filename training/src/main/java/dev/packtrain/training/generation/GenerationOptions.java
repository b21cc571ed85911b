package dev.packtrain.training.generation;

import java.util.Set;

/**
 * How the next token is chosen, as in Hugging Face's generation configuration: temperature, then top-k, then top-p.
 *
 * @param maxNewTokens most tokens to add, at least 1
 * @param temperature divides the logits; 0 takes the likeliest token always
 * @param topK keeps this many likeliest tokens; 0 keeps all
 * @param topP keeps the fewest likeliest tokens that reach this probability together; 1 keeps all
 * @param seed of the choice: the same seed, model and prompt give the same tokens
 * @param eosTokenIds tokens that end the sequence
 */
public record GenerationOptions(
        int maxNewTokens, double temperature, int topK, double topP, long seed, Set<Integer> eosTokenIds) {
    public GenerationOptions {
        eosTokenIds = Set.copyOf(eosTokenIds);
        if (maxNewTokens < 1 || !(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException(
                    "wanted max_new_tokens of at least 1, temperature and top_k of at least 0 and top_p in (0, 1], got %d, %s, %d, %s"
                            .formatted(maxNewTokens, temperature, topK, topP));
        }
    }

    /** The likeliest token always. */
    public static GenerationOptions greedy(int maxNewTokens, Set<Integer> eosTokenIds) {
        return new GenerationOptions(maxNewTokens, 0, 0, 1, 0, eosTokenIds);
    }
}
