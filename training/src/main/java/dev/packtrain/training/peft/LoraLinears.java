package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Linear;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Linears of one input, several of them with a LoRA without dropout: the products of these with the input, forward and
 * backward, are made once with all A's below each other instead of once for each. Reading the input is what these products
 * cost. Whatever the other linears are, they compute as they are.
 *
 * @param linears as they are
 */
record LoraLinears(List<Linear> linears) implements Segment {
    /** Empty unless there are several that share. */
    static Optional<Segment> of(List<Linear> linears) {
        return sharing(linears).size() > 1 ? Optional.of(new LoraLinears(linears)) : Optional.empty();
    }

    private static Optional<LoraLinear> sharing(Linear linear) {
        return linear instanceof LoraLinear lora && !lora.dropout().isConfigured()
                ? Optional.of(lora)
                : Optional.empty();
    }

    private static List<LoraLinear> sharing(List<Linear> linears) {
        return linears.stream().flatMap(linear -> sharing(linear).stream()).toList();
    }

    /** What computes beside the shared products. */
    private static Linear base(Linear linear) {
        return sharing(linear).map(LoraLinear::base).orElse(linear);
    }

    @Override
    public Tensor[] apply(Tensor xTI) {
        return TensorScope.many(() -> {
            Tensor[] results =
                    linears.stream().map(linear -> base(linear).apply(xTI)).toArray(Tensor[]::new);
            branches(xTI).addTo(xTI, ofSharing(results));
            return results;
        });
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor... gradients) {
        return TensorScope.one(() -> {
            Optional<Tensor> sumTI = Optional.empty();
            for (int i = 0; i < gradients.length; i++) {
                sumTI = Optional.of(base(linears.get(i)).backward(xTI, gradients[i], sumTI));
            }
            LoraBranches branches = branches(xTI);
            branches.addInputGradient(sumTI.orElseThrow(), branches.addGradients(xTI, ofSharing(gradients)));
            return sumTI.orElseThrow();
        });
    }

    @Override
    public void addGradients(Tensor xTI, Tensor... gradients) {
        TensorScope.run(() -> {
            for (int i = 0; i < gradients.length; i++) {
                base(linears.get(i)).addGradients(xTI, gradients[i]);
            }
            branches(xTI).addGradients(xTI, ofSharing(gradients));
        });
    }

    private LoraBranches branches(Tensor xTI) {
        return LoraBranches.of(sharing(linears), xTI);
    }

    /** Those of the linears that share. */
    private List<Tensor> ofSharing(Tensor... tensors) {
        return IntStream.range(0, tensors.length)
                .filter(i -> sharing(linears.get(i)).isPresent())
                .mapToObj(i -> tensors[i])
                .toList();
    }
}
