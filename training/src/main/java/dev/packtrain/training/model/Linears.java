package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Linear maps side by side on one input.
 *
 * @param linears in the order of the results
 * @param together what computes them all at once; empty: one after the other
 */
record Linears(List<Linear> linears, Optional<Segment> together) implements Segment {
    static Linears of(Linear... linears) {
        List<Linear> all = List.of(linears);
        Optional<Segment> together = all.stream()
                .map(linear -> linear.together(all))
                .flatMap(Optional::stream)
                .findFirst();
        return new Linears(all, together);
    }

    @Override
    public Tensor[] apply(Tensor xTI) {
        return together.map(segment -> segment.apply(xTI))
                .orElseGet(
                        () -> linears.stream().map(linear -> linear.apply(xTI)).toArray(Tensor[]::new));
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor... gradients) {
        return together.map(segment -> segment.backward(xTI, gradients))
                .orElseGet(() -> backwardOfEach(linears, xTI, gradients));
    }

    @Override
    public void addGradients(Tensor xTI, Tensor... gradients) {
        if (together.isPresent()) {
            together.get().addGradients(xTI, gradients);
            return;
        }
        for (int i = 0; i < gradients.length; i++) {
            linears.get(i).addGradients(xTI, gradients[i]);
        }
    }

    private static Tensor backwardOfEach(List<Linear> linears, Tensor xTI, Tensor... gradients) {
        return TensorScope.one(() -> {
            Optional<Tensor> sumTI = Optional.empty();
            for (int i = 0; i < gradients.length; i++) {
                sumTI = Optional.of(linears.get(i).backward(xTI, gradients[i], sumTI));
            }
            return sumTI.orElseThrow();
        });
    }
}
