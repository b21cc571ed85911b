package dev.packtrain.training.optim;

import dev.packtrain.training.model.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model's trained parameters and their gradients as flat buffers, in {@link Group groups} of those that the optimizer
 * treats alike, each in the model's order: first those that weight decay applies to.
 *
 * <p>The parameters' storage becomes views of {@link #weights()}, and their {@code .grad} views of one gradient buffer of
 * the same dtype, so the backward pass adds in place. Bytes a parameter:
 *
 * <table>
 * <caption>Buffers</caption>
 * <tr><th></th><th>fp32</th><th>bf16</th></tr>
 * <tr><td>weights</td><td>4</td><td>2</td></tr>
 * <tr><td>remainders: what an fp32 master weight has beyond its bf16 part</td><td></td><td>2</td></tr>
 * <tr><td>gradients</td><td>4</td><td>2</td></tr>
 * <tr><td>sums of gradients in fp32, if a step adds up several backward passes</td><td></td><td>4</td></tr>
 * </table>
 *
 * <p>A master weight's bits are {@code (bf16 bits << 16) + remainder}, see {@link dev.packtrain.kernels.AdamWBuffers}.
 */
public final class FlatParameters implements AutoCloseable {
    private static final int BF16_SHIFT = 1 << 16;
    private static final int HALF_UNIT = 1 << 15;

    private final List<Slice> slices;
    private final long numElements;
    private final List<Group> groups;
    private final Tensor weights;
    private final Tensor grads;
    private final Optional<Tensor> remainders;
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
     * A range of elements that the optimizer treats alike.
     *
     * @param from first element
     * @param to behind the last element
     * @param decays whether weight decay applies
     * @param learningRateScale what the learning rate is multiplied by
     */
    public record Group(long from, long to, boolean decays, double learningRateScale) {}

    /**
     * Moves the parameters into flat buffers, values unchanged.
     *
     * @param parameters the trained ones, at least one, all of one dtype (fp32 or bf16) and device, each once
     * @param addsUp whether a step adds up the gradients of more than one backward pass (of this rank or of others):
     *     then the sums of bf16 gradients are kept in fp32
     */
    public FlatParameters(List<Parameter> parameters, boolean addsUp) {
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("the model has no trained parameter");
        }
        List<List<Parameter>> alike = alike(parameters);
        List<Parameter> ordered = alike.stream().flatMap(List::stream).toList();
        slices = slices(ordered);
        groups = groups(alike);
        numElements = groups.get(groups.size() - 1).to();
        ScalarType dtype = dtypeOf(ordered);
        boolean bf16 = dtype == ScalarType.BFloat16;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor like = ordered.get(0).tensor();
            weights = zeros(like, dtype);
            grads = zeros(like, dtype);
            rebind(ordered);
            remainders = bf16 ? Optional.of(zeros(like, ScalarType.Short)) : Optional.empty();
            mainGrads = bf16 && addsUp ? zeros(like, ScalarType.Float) : grads;
            List.of(weights, grads, mainGrads).forEach(Tensor::retainReference);
            remainders.ifPresent(Tensor::retainReference);
        }
    }

    private static List<List<Parameter>> alike(List<Parameter> parameters) {
        record Treatment(boolean decays, double learningRateScale) {}
        Map<Treatment, List<Parameter>> groups = new LinkedHashMap<>();
        for (boolean decays : new boolean[] {true, false}) {
            parameters.stream().filter(p -> p.decays() == decays).forEach(p -> groups.computeIfAbsent(
                            new Treatment(decays, p.learningRateScale()), key -> new ArrayList<>())
                    .add(p));
        }
        return List.copyOf(groups.values());
    }

    private static List<Group> groups(List<List<Parameter>> alike) {
        List<Group> groups = new ArrayList<>();
        long from = 0;
        for (List<Parameter> group : alike) {
            long to = from + group.stream().mapToLong(p -> p.tensor().numel()).sum();
            Parameter any = group.get(0);
            groups.add(new Group(from, to, any.decays(), any.learningRateScale()));
            from = to;
        }
        return List.copyOf(groups);
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

    /** A further flat buffer of this many elements, owned by the current scope. */
    Tensor zeros(ScalarType dtype) {
        return zeros(weights, dtype);
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

    /** Memory of the buffers. */
    public long numBytes() {
        long bytes = weights.nbytes() + grads.nbytes();
        bytes += remainders.map(Tensor::nbytes).orElse(0L);
        return mainGrads.equals(grads) ? bytes : bytes + mainGrads.nbytes();
    }

    /** What the optimizer treats alike: consecutive ranges that cover all elements. */
    public List<Group> groups() {
        return groups;
    }

    /** What the model computes with, {@code [numElements]}, fp32 or bf16. */
    public Tensor weights() {
        return weights;
    }

    /** With bf16 weights, the rest of the fp32 master weights: {@code [numElements]}, int16. */
    public Optional<Tensor> remainders() {
        return remainders;
    }

    /**
     * Gradients of the step so far, {@code [numElements]}: fp32, or bf16 where a step is one backward pass of bf16
     * weights.
     */
    public Tensor mainGrads() {
        return mainGrads;
    }

    /**
     * The fp32 numbers that the optimizer changes; fp32 weights are a view of themselves.
     *
     * @param from first element
     * @param to behind the last element
     */
    Tensor masterWeights(long from, long to) {
        Tensor part = weights.narrow(0, from, to - from);
        if (remainders.isEmpty()) {
            return part;
        }
        Tensor high = part.view(ScalarType.Short).to(ScalarType.Int).mul_(new Scalar(BF16_SHIFT));
        return high.add_(remainders.get().narrow(0, from, to - from)).view(ScalarType.Float);
    }

    /**
     * Takes new master weights.
     *
     * @param from where they begin
     * @param master fp32, as {@link #masterWeights} gave them
     */
    void masterWeights(long from, Tensor master) {
        Tensor part = weights.narrow(0, from, master.numel());
        if (remainders.isEmpty()) {
            part.copy_(master);
            return;
        }
        Tensor bits = master.view(ScalarType.Int);
        Tensor high = bits.add(new Scalar(HALF_UNIT)).bitwise_right_shift_(new Scalar(Short.SIZE));
        part.view(ScalarType.Short).copy_(high);
        remainders.get().narrow(0, from, master.numel()).copy_(bits.sub(high.mul_(new Scalar(BF16_SHIFT))));
    }

    /** Adds what the last backward pass left to the main gradients, where these are a buffer of their own. */
    public void accumulate() {
        if (!mainGrads.equals(grads)) {
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
        if (!mainGrads.equals(grads)) {
            mainGrads.close();
        }
        remainders.ifPresent(Tensor::close);
        grads.close();
        weights.close();
    }
}
