package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.training.attention.AttentionKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Measures masks and the matrix product in turn, round after round: what slows the machine down meanwhile slows them all,
 * and shares are taken inside a round.
 */
final class AttentionRounds implements AutoCloseable {
    private final AttentionWork.Layer layer;
    private final MatmulRate matmul;
    private final List<Measured> masks = new ArrayList<>();
    private double[] rates = {};

    /**
     * Medians over the rounds.
     *
     * @param forwardShare operations a second of the forward pass over those of the matrix product in the same round
     * @param bothShare the same with the backward pass
     */
    record Result(
            String name,
            FlashMask mask,
            double forwardSeconds,
            double forwardShare,
            double bothSeconds,
            double bothShare) {}

    private record Measured(String name, FlashMask mask, AttentionWork work, List<Double> forward, List<Double> both) {}

    AttentionRounds(
            AttentionWork.Layer layer,
            Map<String, FlashMask> masks,
            AttentionKernel kernel,
            ScalarType dtype,
            DeviceClock clock) {
        this.layer = layer;
        matmul = new MatmulRate(dtype, clock);
        masks.forEach((name, mask) -> this.masks.add(new Measured(
                name,
                mask,
                new AttentionWork(layer, mask, kernel, dtype, clock),
                new ArrayList<>(),
                new ArrayList<>())));
    }

    /** One round to warm up, which does not count, and {@code numRounds} that do. */
    void run(int numRounds) {
        rates = new double[numRounds];
        for (int round = -1; round < numRounds; round++) {
            double rate = matmul.measure();
            if (round >= 0) {
                rates[round] = rate;
            }
            for (Measured measured : masks) {
                double forward = measured.work.forward();
                double both = measured.work.both();
                if (round >= 0) {
                    measured.forward.add(forward);
                    measured.both.add(both);
                }
            }
        }
    }

    /** Median rate of the matrix product. */
    double matmulGflops() {
        return BenchFigures.median(rates) / 1e9;
    }

    List<Result> results() {
        return masks.stream().map(this::result).toList();
    }

    private Result result(Measured measured) {
        long numVisible = measured.mask.numVisible();
        return new Result(
                measured.name,
                measured.mask,
                median(measured.forward),
                share(measured.forward, layer.forwardFlops(numVisible)),
                median(measured.both),
                share(measured.both, layer.bothFlops(numVisible)));
    }

    private static double median(List<Double> seconds) {
        return BenchFigures.median(
                seconds.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private double share(List<Double> seconds, double flops) {
        double[] shares = new double[rates.length];
        for (int round = 0; round < shares.length; round++) {
            shares[round] = flops / seconds.get(round) / rates[round];
        }
        return BenchFigures.median(shares);
    }

    @Override
    public void close() {
        masks.forEach(measured -> measured.work.close());
        matmul.close();
    }
}
