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
            Tensor reducedTR = xTI.mm(downs().t());
            List<Tensor> results = new ArrayList<>();
            long from = 0;
            for (Linear linear : linears) {
                Tensor yTO = base(linear).apply(xTI);
                Optional<LoraLinear> lora = sharing(linear);
                if (lora.isPresent()) {
                    lora.get().addTo(yTO, reducedTR.narrow(1, from, lora.get().rank()));
                    from += lora.get().rank();
                }
                results.add(yTO);
            }
            return results.toArray(Tensor[]::new);
        });
    }

    @Override
    public Tensor backward(Tensor xTI, Tensor... gradients) {
        return TensorScope.one(() -> {
            Optional<Tensor> sumTI = Optional.empty();
            for (int i = 0; i < gradients.length; i++) {
                sumTI = Optional.of(base(linears.get(i)).backward(xTI, gradients[i], sumTI));
            }
            Tensor downsRI = downs();
            return sumTI.orElseThrow().addmm_(addBranchGradients(xTI, downsRI, gradients), downsRI);
        });
    }

    @Override
    public void addGradients(Tensor xTI, Tensor... gradients) {
        TensorScope.run(() -> {
            for (int i = 0; i < gradients.length; i++) {
                base(linears.get(i)).addGradients(xTI, gradients[i]);
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
            Optional<LoraLinear> lora = sharing(linears.get(i));
            if (lora.isPresent()) {
                hs.push_back(lora.get().reducedGradient(gradients[i]));
                lora.get()
                        .addUpGradient(
                                gradients[i],
                                reducedTR.narrow(1, from, lora.get().rank()));
                from += lora.get().rank();
            }
        }
        Tensor hTR = torch.cat(hs, 1);
        addDownGradients(xTI, hTR);
        return hTR;
    }

    private void addDownGradients(Tensor xTI, Tensor hTR) {
        if (sharing(linears).stream().noneMatch(linear -> linear.down().isTrained())) {
            return;
        }
        Tensor gradRI = hTR.t().mm(xTI);
        long from = 0;
        for (LoraLinear linear : sharing(linears)) {
            if (linear.down().isTrained()) {
                LeafGradient.of(linear.down().tensor()).add_(gradRI.narrow(0, from, linear.rank()));
            }
            from += linear.rank();
        }
    }

    /** All A's, one below the other. */
    private Tensor downs() {
        TensorVector downs = new TensorVector();
        sharing(linears).forEach(linear -> downs.push_back(linear.down().tensor()));
        return torch.cat(downs);
    }
}
