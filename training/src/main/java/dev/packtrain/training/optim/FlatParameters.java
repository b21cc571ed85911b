package dev.packtrain.training.optim;

import dev.packtrain.training.model.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model's parameters and gradients as flat buffers: first those that weight decay applies to, then the others, each in
 * the model's order.
 *
 * <p>The parameters' storage becomes views of {@link #weights()}, and their {@code .grad} views of one gradient buffer of
 * the same dtype, so the backward pass adds in place. With fp32 weights, the master weights and main gradients are those
 * buffers themselves. With bf16 weights they are fp32 buffers of their own: {@link #accumulate()} adds a microbatch's
 * gradients to the main ones, and the optimizer rounds the master weights back.
 */
public final class FlatParameters implements AutoCloseable {
    private final List<Slice> slices;
    private final long numElements;
    private final long numDecayed;
    private final Tensor weights;
    private final Tensor grads;
    private final Tensor masterWeights;
    private final Tensor mainGrads;

    /**
     * Where a parameter lies.
     *
     * @param name Hugging Face name
     * @param shape as in the model
     * @param offset elements before it
     * @param numElements its length
     */
    public record Slice(String name, long[] shape, long offset, long numElements) {
        /** Its part of a flat buffer, in its own shape; owned by the current scope. */
        public Tensor of(Tensor flat) {
            return flat.narrow(0, offset, numElements).view(shape);
        }
    }

    /**
     * Moves the parameters into flat buffers, values unchanged.
     *
     * @param parameters all of one dtype (fp32 or bf16) and device, each once
     */
    public FlatParameters(List<Parameter> parameters) {
        List<Parameter> ordered =
                new ArrayList<>(parameters.stream().filter(Parameter::decays).toList());
        numDecayed = ordered.stream().mapToLong(p -> p.tensor().numel()).sum();
        ordered.addAll(parameters.stream().filter(p -> !p.decays()).toList());
        slices = slices(ordered);
        numElements = ordered.stream().mapToLong(p -> p.tensor().numel()).sum();
        ScalarType dtype = dtypeOf(ordered);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor like = ordered.get(0).tensor();
            weights = zeros(like, dtype);
            grads = zeros(like, dtype);
            rebind(ordered);
            boolean same = dtype == ScalarType.Float;
            masterWeights = same ? weights : zeros(like, ScalarType.Float);
            mainGrads = same ? grads : zeros(like, ScalarType.Float);
            masterWeights.copy_(weights);
            List.of(weights, grads, masterWeights, mainGrads).forEach(Tensor::retainReference);
        }
    }

    private static List<Slice> slices(List<Parameter> ordered) {
        List<Slice> slices = new ArrayList<>();
        long offset = 0;
        for (Parameter parameter : ordered) {
            long[] shape = parameter.tensor().shape();
            long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
            slices.add(new Slice(parameter.name(), shape, offset, length));
            offset += length;
        }
        return List.copyOf(slices);
    }

    private static ScalarType dtypeOf(List<Parameter> parameters) {
        ScalarType dtype = parameters.get(0).tensor().scalar_type().intern();
        for (Parameter parameter : parameters) {
            ScalarType other = parameter.tensor().scalar_type().intern();
            if (other != dtype || (dtype != ScalarType.Float && dtype != ScalarType.BFloat16)) {
                throw new IllegalArgumentException("%s is %s beside %s; wanted all Float or all BFloat16"
                        .formatted(parameter.name(), other, dtype));
            }
        }
        return dtype;
    }

    private Tensor zeros(Tensor like, ScalarType dtype) {
        TensorOptions options = like.options().dtype(new ScalarTypeOptional(dtype));
        return torch.zeros(new long[] {numElements}, options);
    }

    private void rebind(List<Parameter> ordered) {
        for (int i = 0; i < ordered.size(); i++) {
            Tensor tensor = ordered.get(i).tensor();
            Tensor view = slices.get(i).of(weights);
            view.copy_(tensor);
            tensor.set_data(view);
            tensor.mutable_grad().put(slices.get(i).of(grads));
        }
    }

    /** Where each parameter lies, in flat order. */
    public List<Slice> slices() {
        return slices;
    }

    /** Elements in all. */
    public long numElements() {
        return numElements;
    }

    /** Elements that weight decay applies to: {@code [0, numDecayed)}. */
    public long numDecayed() {
        return numDecayed;
    }

    /** What the model computes with, {@code [numElements]}, fp32 or bf16. */
    public Tensor weights() {
        return weights;
    }

    /** What the optimizer changes, {@code [numElements]}, fp32. */
    public Tensor masterWeights() {
        return masterWeights;
    }

    /** Gradients of the step so far, {@code [numElements]}, fp32. */
    public Tensor mainGrads() {
        return mainGrads;
    }

    /** Whether the master weights are a buffer of their own. */
    public boolean hasMasterWeights() {
        return !masterWeights.equals(weights);
    }

    /** Adds what the last backward pass left to the main gradients; nothing to do in fp32. */
    public void accumulate() {
        if (hasMasterWeights()) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                mainGrads.add_(grads);
                grads.zero_();
            }
        }
    }

    /** Clears the main gradients for the next step. */
    public void zeroGrads() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            mainGrads.zero_();
        }
    }

    @Override
    public void close() {
        if (hasMasterWeights()) {
            mainGrads.close();
            masterWeights.close();
        }
        grads.close();
        weights.close();
    }
}
