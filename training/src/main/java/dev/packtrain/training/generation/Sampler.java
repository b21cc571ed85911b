package dev.packtrain.training.generation;

import dev.packtrain.packing.BadInputException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Chooses a token from logits. Ties go to the lower token id. */
final class Sampler {
    private final GenerationOptions options;
    private final SplittableRandom random;

    Sampler(GenerationOptions options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
    }

    /** @throws BadInputException if a logit is no finite number */
    int next(float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new BadInputException(
                        "The model gives %s as the logit of a token, wanted a number: its weights are damaged, or too large for bf16; use another checkpoint."
                                .formatted(logit));
            }
        }
        if (options.temperature() == 0) {
            return likeliest(logits);
        }
        int[] byLogit = likeliestFirst(logits, options.topK() == 0 ? logits.length : options.topK());
        double[] weights = new double[byLogit.length];
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[byLogit[i]] - logits[byLogit[0]]) / options.temperature());
            total += weights[i];
        }
        int kept = nucleus(weights, total);
        double keptTotal = 0;
        for (int i = 0; i < kept; i++) {
            keptTotal += weights[i];
        }
        double target = random.nextDouble() * keptTotal;
        for (int i = 0; i < kept - 1; i++) {
            target -= weights[i];
            if (target < 0) {
                return byLogit[i];
            }
        }
        return byLogit[kept - 1];
    }

    // Sorted as longs: the logit's bits, turned so that larger floats come first, above the token id.
    private static int[] likeliestFirst(float[] logits, int limit) {
        long[] keys = new long[logits.length];
        for (int id = 0; id < logits.length; id++) {
            int bits = Float.floatToIntBits(logits[id]);
            int rising = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
            keys[id] = ((long) ~rising << 32) | id;
        }
        return Arrays.stream(keys)
                .sorted()
                .limit(limit)
                .mapToInt(key -> (int) key)
                .toArray();
    }

    private int nucleus(double[] weights, double total) {
        double reached = 0;
        for (int i = 0; i < weights.length; i++) {
            reached += weights[i];
            if (reached >= options.topP() * total) {
                return i + 1;
            }
        }
        return weights.length;
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
