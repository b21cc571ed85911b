package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Linears of one input, all with a LoRA and none with dropout: the products with the input, forward and backward, are made
 * once with all A's below each other instead of once for each. Reading the input is what these products cost.
 *
 * @param linears as they are
 */
record LoraLinears(List<LoraLinear> linears) implements Segment {
    /** Empty unless there are several, and all can be computed so. */
    static Optional<Segment> of(List<Linear> linears) {
        List<LoraLinear> adapted = linears.stream()
                .filter(LoraLinear.class::isInstance)
                .map(LoraLinear.class::cast)
                .filter(linear -> !linear.dropout().isConfigured())
                .toList();
        return adapted.size() > 1 && adapted.size() == linears.size()
                ? Optional.of(new LoraLinears(adapted))
                : Optional.empty();
    }

    @Override
    public Tensor[] apply(Tensor xTI) {
        return TensorScope.many(() -> {
            Tensor reducedTR = xTI.mm(downs().t());
            List<Tensor> results = new ArrayList<>();
            long from = 0;
            for (LoraLinear linear : linears) {
                Tensor yTO = linear.base().apply(xTI);
                linear.addTo(yTO, reducedTR.narrow(1, from, linear.rank()));
                results.add(yTO);
                from += linear.rank();
            }
            return results.toArray(Tensor[]::new);
        });
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor... gradients) {
        return TensorScope.one(() -> {
            Optional<Tensor> sumTI = Optional.empty();
            for (int i = 0; i < gradients.length; i++) {
                sumTI = Optional.of(linears.get(i).base().backward(xTI, gradients[i], sumTI));
            }
            Tensor downsRI = downs();
            return sumTI.orElseThrow().addmm_(addBranchGradients(xTI, downsRI, gradients), downsRI);
        });
    }

    @Override
    public void addGradients(Tensor xTI, Tensor... gradients) {
        TensorScope.run(() -> {
            for (int i = 0; i < gradients.length; i++) {
                linears.get(i).base().addGradients(xTI, gradients[i]);
            }
            addBranchGradients(xTI, downs(), gradients);
        });
    }

    /** Those of all A's and B's; gives the h of all of them, side by side. */
    private Tensor addBranchGradients(Tensor xTI, Tensor downsRI, Tensor... gradients) {
        Tensor reducedTR = xTI.mm(downsRI.t());
        TensorVector hs = new TensorVector();
        long from = 0;
        for (int i = 0; i < gradients.length; i++) {
            LoraLinear linear = linears.get(i);
            hs.push_back(linear.reducedGradient(gradients[i]));
            linear.addUpGradient(gradients[i], reducedTR.narrow(1, from, linear.rank()));
            from += linear.rank();
        }
        Tensor hTR = torch.cat(hs, 1);
        addDownGradients(xTI, hTR);
        return hTR;
    }

    private void addDownGradients(Tensor xTI, Tensor hTR) {
        if (linears.stream().noneMatch(linear -> linear.down().isTrained())) {
            return;
        }
        Tensor gradRI = hTR.t().mm(xTI);
        long from = 0;
        for (LoraLinear linear : linears) {
            if (linear.down().isTrained()) {
                LeafGradient.of(linear.down().tensor()).add_(gradRI.narrow(0, from, linear.rank()));
            }
            from += linear.rank();
        }
    }

    /** All A's, one below the other. */
    private Tensor downs() {
        TensorVector downs = new TensorVector();
        linears.forEach(linear -> downs.push_back(linear.down().tensor()));
        return torch.cat(downs);
    }
}
