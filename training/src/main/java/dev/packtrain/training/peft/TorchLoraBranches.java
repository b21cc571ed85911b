package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Branches by libtorch's products, on any device and in any dtype; ordinary ops only, so that autograd can record them. The
 * products with the input are made once with all A's below each other.
 *
 * @param linears of one input
 */
record TorchLoraBranches(List<LoraLinear> linears) implements LoraBranches {
    @Override
    public void addTo(Tensor xTI, List<Tensor> results) {
        Tensor reducedTR = xTI.mm(downs().t());
        long from = 0;
        for (int i = 0; i < linears.size(); i++) {
            LoraLinear linear = linears.get(i);
            Tensor partTR = reducedTR.narrow(1, from, linear.rank());
            results.get(i).addmm_(partTR, linear.up().tensor().t(), new Scalar(1), new Scalar(linear.factor()));
            from += linear.rank();
        }
    }

    @Override
    public Tensor addGradients(Tensor xTI, List<Tensor> gradients) {
        Tensor reducedTR = xTI.mm(downs().t());
        TensorVector hs = new TensorVector();
        long from = 0;
        for (int i = 0; i < linears.size(); i++) {
            LoraLinear linear = linears.get(i);
            Scalar factor = new Scalar(linear.factor());
            Tensor upOR = linear.up().tensor();
            hs.push_back(gradients.get(i).mm(upOR).mul_(factor));
            Tensor partTR = reducedTR.narrow(1, from, linear.rank());
            LeafGradient.of(upOR).addmm_(gradients.get(i).t(), partTR, new Scalar(1), factor);
            from += linear.rank();
        }
        Tensor hTR = torch.cat(hs, 1);
        addDownGradients(xTI, hTR);
        return hTR;
    }

    private void addDownGradients(Tensor xTI, Tensor hTR) {
        long from = 0;
        for (LoraLinear linear : linears) {
            if (linear.down().isTrained()) {
                Tensor partTR = hTR.narrow(1, from, linear.rank());
                LeafGradient.of(linear.down().tensor()).addmm_(partTR.t(), xTI);
            }
            from += linear.rank();
        }
    }

    @Override
    public void addInputGradient(Tensor gradTI, Tensor h) {
        gradTI.addmm_(h, downs());
    }

    /** All A's, one below the other. */
    private Tensor downs() {
        if (linears.size() == 1) {
            return linears.get(0).down().tensor();
        }
        TensorVector downs = new TensorVector();
        linears.forEach(linear -> downs.push_back(linear.down().tensor()));
        return torch.cat(downs);
    }
}
