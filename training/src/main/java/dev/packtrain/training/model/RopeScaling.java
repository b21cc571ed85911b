package dev.packtrain.training.model;

/**
 * How rotary positions reach further than a model was trained for: by other frequencies, one for every pair of elements
 * of a head. Frequency {@code i} of {@code D/2} is {@code theta^(−2i/D)} without scaling, in radians a position.
 */
public sealed interface RopeScaling {
    /**
     * The frequencies, {@code [headDim / 2]}.
     *
     * @param theta base of the frequencies
     * @param length positions that the document takes, at least 1; only {@link DynamicNtk} depends on it
     */
    double[] frequencies(int headDim, double theta, int length);

    /** What cosines and sines are multiplied with, so that a score is with its square; 1 but for {@link Yarn}. */
    default double attentionFactor() {
        return 1;
    }

    /** Number of positions that a model reaches which has {@code maxPositionEmbeddings} by its {@code config.json}. */
    int maxPositions(int maxPositionEmbeddings);

    /** Whether it is another base, which a head of one pair does not have: its only frequency is 1 with any. */
    default boolean isByBase() {
        return this instanceof Ntk || this instanceof DynamicNtk;
    }

    /** As {@code rope_type} has it. */
    String type();

    private static double[] powers(int headDim, double theta) {
        double[] frequencies = new double[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / headDim);
        }
        return frequencies;
    }

    private static int reach(int positions, double factor) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceil(positions * factor));
    }

    /**
     * The base with which positions are stretched by {@code stretch} where frequencies are low and not at all where they
     * are high (bloc97 2023): {@code theta · stretch^(D / (D − 2))}.
     */
    private static double stretched(double theta, double stretch, int headDim) {
        return theta * Math.pow(stretch, headDim / (headDim - 2.0));
    }

    /** {@code default}: unscaled (Su et al. 2021, arXiv 2104.09864). */
    record None() implements RopeScaling {
        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            return powers(headDim, theta);
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return maxPositionEmbeddings;
        }

        @Override
        public String type() {
            return "default";
        }
    }

    /**
     * {@code linear}: position interpolation (Chen et al. 2023, arXiv 2306.15595), all frequencies divided.
     *
     * @param factor at least 1
     */
    record Linear(double factor) implements RopeScaling {
        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            double[] frequencies = powers(headDim, theta);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] /= factor;
            }
            return frequencies;
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return reach(maxPositionEmbeddings, factor);
        }

        @Override
        public String type() {
            return "linear";
        }
    }

    /**
     * {@code ntk}: one larger base for all lengths, {@code theta · factor^(D / (D − 2))}.
     *
     * @param factor at least 1
     */
    record Ntk(double factor) implements RopeScaling {
        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            return powers(headDim, base(headDim, theta));
        }

        /** The base that says the same without scaling. */
        double base(int headDim, double theta) {
            return stretched(theta, factor, headDim);
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return reach(maxPositionEmbeddings, factor);
        }

        @Override
        public String type() {
            return "ntk";
        }
    }

    /**
     * {@code dynamic}: as {@link Ntk}, but only as far as a document's own length needs it (emozilla 2023): the base is
     * {@code theta · (factor · length / original − (factor − 1))^(D / (D − 2))} for documents longer than
     * {@code original}.
     *
     * @param factor at least 1
     * @param original positions the model was trained with: {@code max_position_embeddings}
     */
    record DynamicNtk(double factor, int original) implements RopeScaling {
        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            double stretch = factor * Math.max(length, original) / original - (factor - 1);
            return powers(headDim, stretched(theta, stretch, headDim));
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return reach(maxPositionEmbeddings, factor);
        }

        @Override
        public String type() {
            return "dynamic";
        }
    }

    /**
     * {@code yarn} (Peng et al. 2023, arXiv 2309.00071): frequencies that turn more than {@code betaFast} times within
     * {@code original} positions stay, those that turn less than {@code betaSlow} times are divided by {@code factor}, and
     * between the two a ramp leads from one to the other.
     *
     * @param factor at least 1
     * @param original positions the model was trained with
     * @param betaFast turns, 32 in the paper
     * @param betaSlow turns, 1 in the paper
     * @param truncate whether the ramp begins and ends at whole numbers of pairs
     * @param attentionFactor {@code 0.1 · ln(factor) + 1} in the paper
     */
    record Yarn(double factor, int original, double betaFast, double betaSlow, boolean truncate, double attentionFactor)
            implements RopeScaling {
        private static final double NOT_ZERO = 0.001;

        /** The paper's attention factor (equation 22), with DeepSeek's multiplier {@code mscale}: 1 in the paper. */
        static double attentionFactor(double factor, double mscale) {
            return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
        }

        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            double begin = pair(betaFast, headDim, theta);
            double end = pair(betaSlow, headDim, theta);
            if (truncate) {
                begin = Math.floor(begin);
                end = Math.ceil(end);
            }
            begin = Math.max(begin, 0);
            end = Math.min(end, headDim - 1);
            double width = begin == end ? NOT_ZERO : end - begin;
            double[] frequencies = powers(headDim, theta);
            for (int i = 0; i < frequencies.length; i++) {
                double ramp = Math.min(1, Math.max(0, (i - begin) / width));
                frequencies[i] = frequencies[i] * (1 - ramp) + frequencies[i] / factor * ramp;
            }
            return frequencies;
        }

        /** The pair of elements that turns so often within {@code original} positions (equation 17, solved for d). */
        private double pair(double turns, int headDim, double theta) {
            return headDim * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return Math.max(maxPositionEmbeddings, reach(original, factor));
        }

        @Override
        public String type() {
            return "yarn";
        }
    }

    /**
     * {@code llama3} (Decoder 3.1, Grattafiori et al. 2024, arXiv 2407.21783): frequencies with wavelengths below
     * {@code original / highFreqFactor} stay, those above {@code original / lowFreqFactor} are divided by {@code factor},
     * those between are interpolated.
     *
     * @param factor at least 1
     * @param lowFreqFactor less than {@code highFreqFactor}
     * @param highFreqFactor more than {@code lowFreqFactor}
     * @param original positions the model was trained with
     */
    record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int original) implements RopeScaling {
        @Override
        public double[] frequencies(int headDim, double theta, int length) {
            double[] frequencies = powers(headDim, theta);
            for (int i = 0; i < frequencies.length; i++) {
                double turns = original * frequencies[i] / (2 * Math.PI);
                double kept = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
                double share = Math.min(1, Math.max(0, kept));
                frequencies[i] = (1 - share) * frequencies[i] / factor + share * frequencies[i];
            }
            return frequencies;
        }

        @Override
        public int maxPositions(int maxPositionEmbeddings) {
            return Math.max(maxPositionEmbeddings, reach(original, factor));
        }

        @Override
        public String type() {
            return "llama3";
        }
    }
}
