package dev.packtrain.training.shard;

import dev.packtrain.training.model.UpdateRule.Statistic;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The trained tensors of a part with all that is kept of them.
 *
 * @param layout where they lie
 * @param weights what the model computes with
 * @param gradients of the step
 * @param remainders with bf16 weights, the rest of this rank's fp32 master weights, int16
 * @param first this rank's first moments
 * @param second this rank's second moments
 * @param statistics what an {@link dev.packtrain.training.model.UpdateRule} keeps beside them, fp32
 * @param number of the first element, counted over the whole model
 */
record TrainedTensors(
        FlatLayout layout,
        PartWeights weights,
        PartGradients gradients,
        Optional<Partition> remainders,
        Partition first,
        Partition second,
        Map<Statistic, Partition> statistics,
        long number)
        implements AutoCloseable {
    /** Moments and remainders of zero. */
    static TrainedTensors of(
            String name,
            FlatLayout layout,
            PartWeights weights,
            PartGradients gradients,
            StateMemory memory,
            ScalarType momentDtype,
            Set<Statistic> statistics,
            long number) {
        boolean split = layout.dtype() == ScalarType.BFloat16;
        Map<Statistic, Partition> kept = new EnumMap<>(Statistic.class);
        for (Statistic statistic : statistics) {
            String key = name + "." + statistic.name().toLowerCase(Locale.ROOT);
            kept.put(statistic, memory.zeros(key, layout, ScalarType.Float));
        }
        return new TrainedTensors(
                layout,
                weights,
                gradients,
                split ? Optional.of(memory.zeros(name + ".remainder", layout, ScalarType.Short)) : Optional.empty(),
                memory.zeros(name + ".exp_avg", layout, momentDtype),
                memory.zeros(name + ".exp_avg_sq", layout, momentDtype),
                kept,
                number);
    }

    /** Memory of remainders, moments and statistics. */
    long stateBytes() {
        return remainders.map(Partition::nbytes).orElse(0L)
                + first.nbytes()
                + second.nbytes()
                + statistics.values().stream().mapToLong(Partition::nbytes).sum();
    }

    /** Gives back what moments of zero have taken: those of embedded tokens that were never met. */
    void trim() {
        first.trim();
        second.trim();
    }

    @Override
    public void close() {
        statistics.values().forEach(Partition::close);
        second.close();
        first.close();
        remainders.ifPresent(Partition::close);
        gradients.close();
        weights.close();
    }
}
