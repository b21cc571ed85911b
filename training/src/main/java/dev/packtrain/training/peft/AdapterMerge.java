package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsStream;
import dev.packtrain.training.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes an adapter part of its base: a Hugging Face directory with the base's files, in which every adapted weight is
 * {@code W + ΔW}, computed in fp32 and rounded once to the base's dtype. One tensor is held at a time.
 *
 * <p>Of an adapter that was trained on a quantised base, W is by default what the codes of that base stand for, in every
 * linear of the blocks: the merged model is then the one that was trained.
 */
public final class AdapterMerge implements AutoCloseable {
    /** Weights in files that are not the model's own would contradict the merged ones. */
    private static final List<String> OTHER_WEIGHTS =
            List.of(".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".gguf", ".onnx");

    private final AdapterDirectory directory;
    private final Path base;
    private final AdapterFile file;
    private final QuantizedBase quantized;
    private Adaptation adaptation;
    private final Set<String> merged = new HashSet<>();
    private double changeSquares;
    private double lostSquares;

    private AdapterMerge(
            AdapterDirectory directory, Path base, AdapterFile file, QuantizedBase quantized, Adaptation adaptation) {
        this.directory = directory;
        this.base = base;
        this.file = file;
        this.quantized = quantized;
        this.adaptation = adaptation;
    }

    /**
     * Opens an adapter.
     *
     * @param adapterDir in PEFT's format
     * @param givenBase its base, if not the one that it names
     * @throws BadInputException if it cannot be merged, with the reason
     */
    public static AdapterMerge open(Path adapterDir, Optional<Path> givenBase) {
        return open(adapterDir, givenBase, false);
    }

    /**
     * The same.
     *
     * @param intoOriginal of an adapter that was trained on a quantised base: whether to merge it into the base's own weights
     */
    public static AdapterMerge open(Path adapterDir, Optional<Path> givenBase, boolean intoOriginal) {
        AdapterDirectory directory = AdapterDirectory.open(adapterDir);
        Path base = directory.base(givenBase);
        AdapterFile file = AdapterFile.open(adapterDir);
        try {
            Adaptation adaptation = directory.adaptation(file, PeftSettings.NONE);
            adaptation.whyNotMergeable().ifPresent(reason -> {
                throw new BadInputException("%s cannot be merged into its base: %s.".formatted(adapterDir, reason));
            });
            return new AdapterMerge(
                    directory, base, file, new QuantizedBase(directory.quantization(), intoOriginal), adaptation);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /**
     * What merging did.
     *
     * @param numMerged weights that were changed
     * @param lostShare of the change, what rounding to the base's dtype took away: {@code ‖round(W + ΔW) − (W + ΔW)‖ / ‖ΔW‖}
     * @param quantized if the adapter was trained on a quantised base
     */
    public record Result(int numMerged, double lostShare, Optional<Quantized> quantized) {}

    /**
     * What a quantised base has to do with it.
     *
     * @param intoOriginal whether the adapter was merged into the base's own weights
     * @param error of quantising: {@code ‖Q(W) − W‖ / ‖W‖} over all linears of the blocks
     * @param errorOfChange the same beside the adapter's change: {@code ‖Q(W) − W‖ / ‖ΔW‖} over the adapted ones
     */
    public record Quantized(boolean intoOriginal, double error, double errorOfChange) {}

    /** How the base was kept that {@link MergeCheck} compares with. */
    Optional<QuantizationOptions> baseOfCheck() {
        return quantized.merged();
    }

    /** The adapter. */
    public AdapterDirectory directory() {
        return directory;
    }

    /** The base. */
    public Path base() {
        return base;
    }

    /** Writes into an empty directory. */
    public Result write(Path dir) throws IOException {
        Set<String> weights;
        try (SafetensorsDirectory own = SafetensorsDirectory.open(base)) {
            weights = Set.copyOf(own.fileNames());
            adaptation = adaptation.on(targetShapes(own));
        }
        try (Stream<Path> files = Files.list(base)) {
            for (Path source : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = source.getFileName().toString();
                if (weights.contains(name)) {
                    mergeFile(source, dir.resolve(name));
                } else if (OTHER_WEIGHTS.stream().noneMatch(name::endsWith)) {
                    Files.copy(source, dir.resolve(name));
                }
            }
        }
        // The tokens that end a text are those of the data that the adapter was trained on.
        Path generation = directory.path().resolve(HuggingFaceModel.GENERATION);
        if (Files.isRegularFile(generation)) {
            Files.copy(generation, dir.resolve(HuggingFaceModel.GENERATION), StandardCopyOption.REPLACE_EXISTING);
        }
        for (String module : adaptation.targets().entries()) {
            if (!merged.contains(module)) {
                throw new BadInputException(
                        "the base model %s has no weight '%s.weight', which the adapter %s changes; give the base that it was trained on."
                                .formatted(base, module, directory.path()));
            }
        }
        adaptation.whyNotMerged(file.unread()).ifPresent(reason -> {
            throw new BadInputException(
                    "%s cannot be merged into its base %s: %s.".formatted(directory.path(), base, reason));
        });
        file.refuseUnread();
        double lost = changeSquares == 0 ? 0 : Math.sqrt(lostSquares / changeSquares);
        return new Result(merged.size(), lost, quantized.result(changeSquares));
    }

    private List<long[]> targetShapes(SafetensorsDirectory weights) {
        return weights.names().stream()
                .filter(name -> module(name, ".weight").isPresent())
                .map(name -> weights.entry(name).shape())
                .toList();
    }

    private void mergeFile(Path source, Path target) throws IOException {
        try (SafetensorsFile in = SafetensorsFile.open(source)) {
            List<SafetensorsStream.Slot> slots = in.tensors().values().stream()
                    .map(entry -> new SafetensorsStream.Slot(entry.name(), entry.dtype(), entry.shape()))
                    .toList();
            try (SafetensorsStream out = SafetensorsStream.create(target, slots, Map.of("format", "pt"))) {
                for (TensorEntry entry : in.tensors().values()) {
                    TensorScope.run(() -> write(out, entry, in.read(entry.name())));
                }
                out.finish();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void write(SafetensorsStream out, TensorEntry entry, Tensor tensor) {
        try {
            Optional<String> module = module(entry.name(), ".weight");
            Optional<String> bias = module(entry.name(), ".bias");
            Tensor whole = quantized.weight(entry.name(), tensor, module.isPresent());
            ScalarType dtype = tensor.scalar_type().intern();
            if (module.isPresent()) {
                merged.add(module.get());
                Function<String, Tensor> tensors = tensorsOf(module.get());
                out.write(merged(whole, dtype, wide -> adaptation.merged(module.get(), wide, tensors)));
            } else if (bias.isPresent()) {
                Function<String, Tensor> tensors = tensorsOf(bias.get());
                out.write(merged(whole, dtype, wide -> adaptation.mergedBias(bias.get(), wide, tensors)));
            } else {
                out.write(whole.to(dtype));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Function<String, Tensor> tensorsOf(String module) {
        return name -> file.read(name.startsWith(AdapterFile.WHOLE_MODEL) ? name : module + "." + name);
    }

    private Optional<String> module(String name, String suffix) {
        return Optional.of(name)
                .filter(each -> each.endsWith(suffix))
                .map(each -> each.substring(0, each.length() - suffix.length()))
                .filter(adaptation.targets().entries()::contains);
    }

    private Tensor merged(Tensor tensor, ScalarType dtype, UnaryOperator<Tensor> merge) {
        Tensor wide = tensor.to(ScalarType.Float);
        Tensor exact = merge.apply(wide);
        Tensor rounded = exact.to(dtype).contiguous();
        changeSquares += squares(exact.sub(wide));
        lostSquares += squares(rounded.to(ScalarType.Float).sub(exact));
        return rounded;
    }

    static double squares(Tensor tensor) {
        double norm = tensor.norm().item_double();
        return norm * norm;
    }

    @Override
    public void close() {
        file.close();
    }
}
