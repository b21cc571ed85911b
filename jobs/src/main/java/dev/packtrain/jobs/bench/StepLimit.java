package dev.packtrain.jobs.bench;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.model.DecoderConfig;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a step could not do better than: its matrix products at the speed that one large product reaches here. */
final class StepLimit {
    private static final int ROUNDS = 5;

    private StepLimit() {}

    /**
     * Floating-point operations of a step, a multiplication and an addition being two: the linear maps (forward, gradient
     * of the input, gradient of the weight), the head on scored tokens only, and causal attention inside each document (2
     * products forward, 5 backward, over half of the square). Nothing that is computed a second time counts.
     */
    static double flops(DecoderConfig config, PackedSequence pack) {
        return flops(config, pack, 0);
    }

    /**
     * The same; or of LoRA on all linears, which leaves out the gradients of frozen weights and that of the first block's
     * input, and adds its own products.
     *
     * @param loraRank 0: all weights are trained
     */
    static double flops(DecoderConfig config, PackedSequence pack, int loraRank) {
        double hidden = config.hiddenSize();
        double queries = (double) config.numAttentionHeads() * config.headDim();
        double keys = (double) config.numKeyValueHeads() * config.headDim();
        double block = hidden * (2 * queries + 2 * keys) + 3 * hidden * config.intermediateSize();
        double squares = IntStream.range(0, pack.numDocuments())
                .mapToDouble(doc -> pack.cuSeqlens()[doc + 1] - pack.cuSeqlens()[doc])
                .map(length -> length * length)
                .sum();
        double attention = 7 * squares * queries;
        double perWeight = loraRank == 0 ? 6 : 4;
        double sides = 6 * hidden + 2 * (queries + keys) + 3.0 * (hidden + config.intermediateSize()) - 2 * hidden;
        double adapters = 6 * loraRank * sides;
        double firstInput = loraRank == 0 ? 0 : 2 * hidden * (queries + 2 * keys + 3 * loraRank);
        return config.numHiddenLayers() * ((perWeight * block + adapters) * pack.numTokens() + attention)
                - firstInput * pack.numTokens()
                + perWeight * hidden * config.vocabSize() * numScored(pack);
    }

    private static long numScored(PackedSequence pack) {
        return IntStream.range(0, pack.numDocuments())
                .flatMap(doc -> IntStream.range(pack.cuSeqlens()[doc] + 1, pack.cuSeqlens()[doc + 1]))
                .filter(t -> pack.labels()[t] != TokenizedExample.IGNORE_INDEX)
                .count();
    }

    /** Floating-point operations a second in one large matrix product, the best of 5. */
    static double matmulRate(ScalarType dtype, ComputeDevice device) {
        try (MatmulRate rate = new MatmulRate(dtype, new DeviceClock(device))) {
            return IntStream.range(0, ROUNDS)
                    .mapToDouble(round -> rate.measure())
                    .max()
                    .orElseThrow();
        }
    }
}
