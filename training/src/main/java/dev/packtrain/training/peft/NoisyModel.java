package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;

/**
 * A model that is trained with noise, and evaluated without.
 *
 * @param model the noise's hook is in it
 * @param noise on embedded tokens
 */
public record NoisyModel(CausalLM model, Neftune noise) implements DecoratedModel {
    @Override
    public CausalLM inner() {
        return model;
    }

    @Override
    public void beginStep(int step) {
        noise.pass().beginStep(step);
        model.beginStep(step);
    }

    @Override
    public LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock) {
        return TensorScope.value(() -> {
            noise.pass().begin(pack, parameters().get(0).tensor());
            try {
                return model.forwardBackward(pack, gradScale, clock);
            } finally {
                noise.pass().end();
            }
        });
    }
}
