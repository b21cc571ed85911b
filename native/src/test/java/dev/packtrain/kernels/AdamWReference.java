package dev.packtrain.kernels;

import java.util.random.RandomGenerator;

/** AdamW in plain Java, written from the formula in {@link FusedAdamW}, and the state it works on. */
record AdamWReference(float[] param, float[] grad, float[] expAvg, float[] expAvgSq) {

    /** Values of the size met in training, some exact zeros, some denormals. */
    static AdamWReference random(int numElements, RandomGenerator random) {
        float[][] state = new float[4][numElements];
        for (int i = 0; i < numElements; i++) {
            state[0][i] = (float) random.nextGaussian(0, 0.02);
            state[1][i] = i % 17 == 3 ? 0 : (float) random.nextGaussian(0, 1e-3);
            state[2][i] = i % 13 == 5 ? Float.MIN_VALUE * i : (float) random.nextGaussian(0, 1e-3);
            state[3][i] = i % 11 == 7 ? 0 : (float) Math.pow(random.nextGaussian(0, 1e-3), 2);
        }
        return new AdamWReference(state[0], state[1], state[2], state[3]);
    }

    /** One step, in place. */
    void step(AdamWStep h) {
        float rootCorrection2 = (float) Math.sqrt(1 - Math.pow(h.beta2(), (double) h.step()));
        float stepSize = (float) (h.learningRate() / (1 - Math.pow(h.beta1(), (double) h.step())));
        float decay = (float) (1 - h.learningRate() * h.weightDecay());
        for (int i = 0; i < param.length; i++) {
            float g = grad[i] * (float) h.gradScale();
            expAvg[i] += (float) (1 - h.beta1()) * (g - expAvg[i]);
            expAvgSq[i] = expAvgSq[i] * (float) h.beta2() + (float) (1 - h.beta2()) * (g * g);
            float denominator = (float) Math.sqrt(expAvgSq[i]) / rootCorrection2 + (float) h.epsilon();
            param[i] = param[i] * decay - stepSize * (expAvg[i] / denominator);
        }
    }

    /** bf16 by the definition: the nearer of the two neighbours; at equal distance the one farther from zero. */
    static short bf16(float value) {
        if (Float.isNaN(value)) {
            return 0x7fc0;
        }
        int below = Float.floatToRawIntBits(value) & 0xffff0000;
        int rest = Float.floatToRawIntBits(value) & 0xffff;
        return (short) ((rest >= 0x8000 ? below + 0x10000 : below) >>> 16);
    }
}
