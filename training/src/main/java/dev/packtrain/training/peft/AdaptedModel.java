package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.loss.LabelPositions;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.UpdateRule;

/**
 * A decoder with adapters around its layers. What is random in them is so in {@link #forwardBackward} alone.
 *
 * @param decoder computes with the adapters
 * @param adapters closed with the model
 */
public record AdaptedModel(Decoder decoder, Adapters adapters) implements DecoratedModel {
    @Override
    public CausalLM inner() {
        return decoder;
    }

    @Override
    public void beginStep(int step) {
        adapters.pass().beginStep(step);
    }

    @Override
    public UpdateRule updateRule() {
        return adapters.updateRule();
    }

    @Override
    public LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock) {
        return TensorScope.value(() -> {
            double share = gradScale * LabelPositions.of(pack).count();
            adapters.pass().begin(pack, adapters.parameters().get(0).tensor(), share);
            try {
                return decoder.forwardBackward(pack, gradScale, clock);
            } finally {
                adapters.pass().end();
            }
        });
    }

    @Override
    public void close() {
        decoder.close();
        adapters.close();
    }
}
