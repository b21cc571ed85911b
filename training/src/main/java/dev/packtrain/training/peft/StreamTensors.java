package dev.packtrain.training.peft;

import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes trained tensors that work on the residual stream: every tensor-parallel rank holds them whole, and their gradients are
 * partial where a rank sees a part of the stream only.
 *
 * @param tensors makes them
 * @param norm a norm of the stream, which is held in the same way
 */
record StreamTensors(AdapterTensors tensors, Parameter norm) {
    /** E. */
    long width() {
        return norm.split().wholeShape()[0];
    }

    /** A matrix, to which weight decay applies. */
    Parameter matrix(String name, long numRows, long numColumns, Function<TensorSplit, Tensor> initial) {
        return make(name, true, initial, numRows, numColumns);
    }

    /** A vector, to which it does not, of zeros. */
    Parameter bias(String name, long length) {
        return make(name, false, split -> Initial.zeros(split), length);
    }

    /** A matrix without weight decay. */
    Parameter undecayed(String name, long numRows, long numColumns, Function<TensorSplit, Tensor> initial) {
        return make(name, false, initial, numRows, numColumns);
    }

    private Parameter make(String name, boolean decays, Function<TensorSplit, Tensor> initial, long... shape) {
        TensorSplit split = TensorSplit.whole(shape, norm.split().numCopies());
        AdapterTensors.Spec spec = new AdapterTensors.Spec(split, norm.partialGradient(), 1, decays);
        return tensors.parameter(name, norm.tensor(), spec, () -> initial.apply(split));
    }
}
