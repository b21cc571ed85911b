package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear whose adapter is left out in a share of the steps of training (PEFT's {@code module_dropout}, which nothing is scaled
 * for). Which steps is a function of seed, step and module, so it is the same on every rank and in every pass of a step; PEFT
 * draws in every forward pass. The gradients of an adapter that is left out are zero.
 *
 * @param base without the adapter
 * @param adapted with it
 * @param module its name
 * @param dropped of 65,536 equally likely cases, those in which it is left out
 * @param pass the pass at hand
 */
record ModuleDropout(Linear base, Linear adapted, String module, int dropped, TrainingPass pass)
        implements DecoratedLinear {
    /** With a probability in [0, 1), rounded to a multiple of 2⁻¹⁶; with 0 {@code adapted} as it is. */
    static Linear of(double probability, String module, Linear base, Linear adapted, AdapterTensors tensors) {
        int dropped = Dropout.cases(probability);
        return dropped == 0 ? adapted : new ModuleDropout(base, adapted, module, dropped, tensors.pass());
    }

    private boolean isDropped() {
        return pass.draw("module_dropout " + module, Dropout.CASES).orElse(Dropout.CASES) < dropped;
    }

    @Override
    public Tensor apply(Tensor xTI) {
        return (isDropped() ? base : adapted).apply(xTI);
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
        return now().backward(xTI, gradTO, sumTI);
    }

    @Override
    public void addGradients(Tensor xTI, Tensor gradTO) {
        now().addGradients(xTI, gradTO);
    }

    /** Of a backward pass; what is left out gets gradients of zero. */
    private Linear now() {
        if (!isDropped()) {
            return adapted;
        }
        parameters().stream().filter(Parameter::isTrained).forEach(parameter -> LeafGradient.of(parameter.tensor()));
        return base;
    }

    @Override
    public List<Parameter> parameters() {
        return adapted.parameters();
    }
}
