package dev.packtrain.training.model;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Linears side by side on one input. */
record Linears(List<Linear> linears) implements Segment {
    static Linears of(Linear... linears) {
        return new Linears(List.of(linears));
    }

    @Override
    public Tensor[] apply(Tensor xTI) {
        return linears.stream().map(linear -> linear.apply(xTI)).toArray(Tensor[]::new);
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor... gradients) {
        return TensorScope.one(() -> {
            Optional<Tensor> sumTI = Optional.empty();
            for (int i = 0; i < gradients.length; i++) {
                sumTI = Optional.of(linears.get(i).backward(xTI, gradients[i], sumTI));
            }
            return sumTI.orElseThrow();
        });
    }
}
