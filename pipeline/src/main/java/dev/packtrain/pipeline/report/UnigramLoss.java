package dev.packtrain.pipeline.report;

/** The loss of the best model that knows only how often each token occurs. */
public final class UnigramLoss {
    private UnigramLoss() {}

    /**
     * The entropy of the distribution, {@code -sum p(t) ln p(t)}, in nats a token: the cross-entropy of a unigram model
     * on the tokens that it was counted on. A trained model that does not get below it has learnt no context.
     *
     * @param countByToken occurrences of each token id; all zero gives 0
     */
    public static double of(long[] countByToken) {
        double total = 0;
        for (long count : countByToken) {
            total += count;
        }
        double loss = 0;
        for (long count : countByToken) {
            if (count > 0) {
                loss -= count / total * Math.log(count / total);
            }
        }
        return loss;
    }
}
