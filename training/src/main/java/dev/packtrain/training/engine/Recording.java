package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One run of a segment, with what its backward pass needs. The inputs are detached, so that nothing is recorded across
 * the cut before it; gradients of parameters are added to their {@code .grad} by libtorch.
 */
public final class Recording implements AutoCloseable {
    private final Tensor[] leaves;
    private final Tensor[] outputs;
    private final Kept kept;

    private Recording(Tensor[] leaves, Tensor[] outputs, Kept kept) {
        this.leaves = leaves;
        this.outputs = outputs;
        this.kept = kept;
    }

    /**
     * Runs {@code segment} on {@code inputs} with recording on.
     *
     * @param segment ordinary ops, from inputs to outputs
     * @param inputs floating-point tensors; untouched
     */
    public static Recording of(UnaryOperator<Tensor[]> segment, Tensor... inputs) {
        Kept kept = new Kept();
        return TensorScope.value(() -> {
            Tensor[] leaves = new Tensor[inputs.length];
            for (int i = 0; i < inputs.length; i++) {
                leaves[i] = inputs[i].detach().requires_grad_(true);
            }
            Tensor[] outputs = GradientMode.recording(() -> segment.apply(leaves));
            for (Tensor leaf : leaves) {
                kept.keep(leaf);
            }
            for (Tensor output : outputs) {
                kept.keep(output);
            }
            return new Recording(leaves, outputs, kept);
        });
    }

    /** Output {@code i}, valid until the backward pass or {@link #close}. */
    public Tensor output(int i) {
        return outputs[i];
    }

    /**
     * Runs the segment backward, once, and frees what it kept.
     *
     * @param gradients of the outputs, same shapes and order
     * @return gradients of the inputs, same shapes and order
     */
    public Tensor[] backward(Tensor... gradients) {
        Tensor[] results = TensorScope.many(() -> {
            torch.backward(
                    new TensorVector(outputs),
                    new TensorVector(gradients),
                    new BoolOptional(false),
                    false,
                    new TensorVector());
            Tensor[] grads = new Tensor[leaves.length];
            for (int i = 0; i < leaves.length; i++) {
                // grad() is a reference into the leaf: copy the handle, for the leaf goes now.
                grads[i] = new Tensor(leaves[i].grad());
            }
            return grads;
        });
        close();
        return results;
    }

    @Override
    public void close() {
        kept.close();
    }
}
