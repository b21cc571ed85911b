package dev.packtrain.training.peft;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Makes the parameters of adapters: from an adapter directory where there is one, else as the method initialises them. */
public final class AdapterTensors implements AutoCloseable {
    private final long seed;
    private final Optional<AdapterFile> file;
    private final TrainingPass pass;
    private final Kept kept = new Kept();
    private final List<Parameter> made = new ArrayList<>();
    private final PromptRows promptRows = new PromptRows();
    private Optional<Path> base = Optional.empty();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Map<Class<?>, Object> shared = new HashMap<>();
    private final List<Runnable> whenComplete = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private PartialSums sums = PartialSums.WHOLE;

    /**
     * None made yet.
     *
     * @param seed of the run
     * @param file values to take instead of initial ones; stays the caller's
     */
    AdapterTensors(long seed, Optional<AdapterFile> file) {
        this.seed = seed;
        this.file = file;
        this.pass = new TrainingPass(seed);
    }

    /** What a trained tensor is like. */
    public record Spec(TensorSplit split, boolean partialGradient, double learningRateScale, boolean decays) {
        /** To which weight decay applies. */
        public Spec(TensorSplit split, boolean partialGradient, double learningRateScale) {
            this(split, partialGradient, learningRateScale, true);
        }
    }

    /** From here on, the model is shared by ranks in this way. */
    void sharedBy(PartialSums newSums) {
        sums = newSums;
    }

    /** Adds up over the ranks that share the model's layers. */
    PartialSums sums() {
        return sums;
    }

    /** The run's seed. */
    public long seed() {
        return seed;
    }

    /** What is random in the forward pass at hand. */
    TrainingPass pass() {
        return pass;
    }

    /**
     * A trained tensor, in the dtype and on the device of {@code like}.
     *
     * @param name as in PEFT, without its prefix: {@code model.layers.0.self_attn.q_proj.lora_A.weight}
     * @param like of the base
     * @param initial this rank's part, in any floating dtype, in host memory, owned by the current scope
     */
    public Parameter parameter(String name, Tensor like, Spec spec, Supplier<Tensor> initial) {
        return made(name, like, spec, () -> file.isPresent() ? file.get().read(name, spec.split()) : initial.get());
    }

    /** One that no adapter file holds, because it is saved in another form. */
    Parameter unsaved(String name, Tensor like, Spec spec, Supplier<Tensor> initial) {
        return made(name, like, spec, initial);
    }

    private Parameter made(String name, Tensor like, Spec spec, Supplier<Tensor> source) {
        Tensor tensor = TensorScope.value(() -> {
            Tensor values = source.get();
            Tensor cast = values.to(like.scalar_type().intern()).contiguous();
            // A clone: what stays must not be a view of what goes.
            return kept.keep(TensorFactory.like(like).toDevice(cast.clone()).requires_grad_(true));
        });
        Parameter parameter = new Parameter(
                name, tensor, spec.decays(), spec.split(), spec.partialGradient(), spec.learningRateScale());
        made.add(parameter);
        names.add(name);
        return parameter;
    }

    /** Whether there is a file that lacks a tensor. */
    boolean fileLacks(String name) {
        return file.isPresent() && !file.get().has(name);
    }

    /** A tensor of the file is there for others. */
    void ignore(String name) {
        file.ifPresent(there -> there.ignore(name));
    }

    /** Which rows of the pass at hand belong to documents' prompts. */
    PromptRows promptRows() {
        return promptRows;
    }

    /** The base is read from a directory. */
    void base(Path directory) {
        base = Optional.of(directory);
    }

    /**
     * Rows of a whole tensor of the base, {@code [rows, E]}, in host memory, owned by the current scope.
     *
     * @param choose from the number of rows that there are
     */
    Tensor baseRows(String name, LongFunction<LongStream> choose) {
        Path directory = base.orElseThrow(() -> new IllegalStateException("no base to read " + name + " from"));
        try (SafetensorsDirectory files = SafetensorsDirectory.open(directory)) {
            TensorVector rows = new TensorVector();
            choose.apply(files.entry(name).shape()[0])
                    .forEach(row -> rows.push_back(files.read(name, 0, row, 1).to(ScalarType.Float)));
            return torch.cat(rows);
        }
    }

    /**
     * A tensor that is not trained but belongs to what is saved: whole on every rank, in the dtype and on the device of {@code
     * like}. It is no parameter of the model: checkpoints do not hold it, so it must come out the same in every run.
     *
     * @param name as in {@link #parameter}
     * @param initial whole, in host memory, owned by the current scope; asked for if the adapter file has no such tensor
     */
    Tensor constant(String name, Tensor like, Supplier<Tensor> initial) {
        Tensor tensor = keep(like, () -> file.filter(open -> open.has(name))
                .map(open -> open.read(name))
                .orElseGet(initial)
                .to(like.scalar_type().intern()));
        constants.put(name, tensor);
        names.add(name);
        return tensor;
    }

    /**
     * This rank's part of a tensor of zeros that is not trained but changes while training: checkpoints hold it, and it
     * belongs to what is saved. In the dtype and on the device of {@code like}.
     *
     * @param name as in {@link #parameter}
     */
    Parameter state(String name, Tensor like, TensorSplit split) {
        Tensor tensor = TensorScope.value(() ->
                kept.keep(TensorFactory.like(like).zeros(like.scalar_type().intern(), split.shape())));
        names.add(name);
        return new Parameter(name, tensor, false, split, false);
    }

    /** A tensor of the adapters' own that is neither trained nor saved, moved to the device of {@code like}. */
    Tensor keep(Tensor like, Supplier<Tensor> values) {
        return TensorScope.value(() -> kept.keep(
                TensorFactory.like(like).toDevice(values.get().contiguous().clone())));
    }

    /** Runs when all linears of the model are there. */
    void whenComplete(Runnable action) {
        whenComplete.add(action);
    }

    /** All linears of the model are there. */
    void complete() {
        whenComplete.forEach(Runnable::run);
    }

    /** Whether the adapters go on from those of a directory. */
    boolean continued() {
        return file.isPresent();
    }

    /** What all adapters of a model have together; made by the first that asks. */
    <T> T shared(Class<T> type, Supplier<T> make) {
        return type.cast(shared.computeIfAbsent(type, key -> make.get()));
    }

    /** What is saved, in the order in which it was made, by name; {@code trained} gives the whole of a trained tensor. */
    Map<String, Tensor> saved(Function<String, Tensor> trained) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : names) {
            tensors.put(name, constants.containsKey(name) ? constants.get(name) : trained.apply(name));
        }
        return tensors;
    }

    /** All that were made, in order. */
    List<Parameter> made() {
        return List.copyOf(made);
    }

    @Override
    public void close() {
        kept.close();
    }
}
