package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.metrics.StepClock;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import java.util.List;

/**
 * A model that is trained with noise, and evaluated without.
 *
 * @param model the noise's hook is in it
 * @param noise on embedded tokens
 */
public record NoisyModel(CausalLM model, Neftune noise) implements CausalLM {
    @Override
    public List<List<Parameter>> parts() {
        return model.parts();
    }

    @Override
    public void fillPart(int part) {
        model.fillPart(part);
    }

    @Override
    public void guard(PartGuard guard) {
        model.guard(guard);
    }

    @Override
    public void beginStep(int step) {
        noise.pass().beginStep(step);
        model.beginStep(step);
    }

    @Override
    public UpdateRule updateRule() {
        return model.updateRule();
    }

    @Override
    public void skip() {
        model.skip();
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

    @Override
    public void skipEvaluation() {
        model.skipEvaluation();
    }

    @Override
    public LossSum evaluate(PackedSequence pack) {
        return model.evaluate(pack);
    }

    @Override
    public void close() {
        model.close();
    }
}
