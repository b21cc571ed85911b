package dev.packtrain.training.peft;

/**
 * How a weight {@code [O, I]} becomes a Kronecker product of {@code [outerOut, outerIn]} and {@code [innerOut, innerIn]}.
 *
 * @param outerIsProduct whether the first factor is a product of a rank itself
 * @param innerIsProduct whether the second is
 */
record KroneckerShape(
        long outerOut, long outerIn, long innerOut, long innerIn, boolean outerIsProduct, boolean innerIsProduct) {
    /**
     * PEFT's choice.
     *
     * @param rank a factor is a product where that takes fewer numbers: where the rank is less than half of its longer side
     * @param factor wanted size of the first factor's sides; −1: near the root
     * @param both whether the first may be a product too
     */
    static KroneckerShape of(long numOut, long numIn, int rank, int factor, boolean both) {
        long outerOut = smaller(numOut, factor);
        long outerIn = smaller(numIn, factor);
        long innerOut = numOut / outerOut;
        long innerIn = numIn / outerIn;
        return new KroneckerShape(
                outerOut,
                outerIn,
                innerOut,
                innerIn,
                both && rank < Math.max(outerOut, outerIn) / 2.0,
                rank < Math.max(innerOut, innerIn) / 2.0);
    }

    /** Numbers of both factors, where those that are products are of a rank. */
    long numElements(int rank) {
        return numElements(outerOut, outerIn, outerIsProduct, rank)
                + numElements(innerOut, innerIn, innerIsProduct, rank);
    }

    private static long numElements(long numOut, long numIn, boolean isProduct, int rank) {
        return isProduct ? rank * (numOut + numIn) : numOut * numIn;
    }

    /**
     * The smaller of two factors: {@code factor} itself where it divides, whatever its size (as PEFT has it); else the largest
     * divisor up to the root and {@code factor}.
     */
    static long smaller(long number, int factor) {
        if (factor > 0 && number % factor == 0) {
            return factor;
        }
        long most = factor < 0 ? number : factor;
        long best = 1;
        for (long divisor = 2; divisor <= most && divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                best = divisor;
            }
        }
        return best;
    }
}
