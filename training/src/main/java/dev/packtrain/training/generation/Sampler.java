package dev.packtrain.training.generation;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Chooses a token from logits. Ties go to the lower token id. */
final class Sampler {
    private final GenerationOptions options;
    private final SplittableRandom random;

    Sampler(GenerationOptions options) {
        this.options = options;
        this.random = new SplittableRandom(options.seed());
    }

    int next(float[] logits) {
        if (options.temperature() == 0) {
            return likeliest(logits);
        }
        int[] byLogit = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -logits[i]))
                .mapToInt(Integer::intValue)
                .limit(options.topK() == 0 ? logits.length : options.topK())
                .toArray();
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
