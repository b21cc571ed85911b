package dev.packtrain.training.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * An adapter in PEFT's format: {@code adapter_config.json} and {@code adapter_model.safetensors}.
 *
 * @param path the directory
 * @param method by its {@code peft_type}
 * @param config its {@code adapter_config.json}
 */
public record AdapterDirectory(Path path, PeftMethod method, JsonNode config) {
    /** The file that makes a directory an adapter. */
    public static final String CONFIG = "adapter_config.json";

    /** The file with its weights. */
    public static final String WEIGHTS = AdapterFile.NAME;

    private static final String BASE = "base_model_name_or_path";

    /** Whether a directory holds an adapter. */
    public static boolean is(Path dir) {
        return Files.isRegularFile(dir.resolve(CONFIG));
    }

    /**
     * Opens a directory.
     *
     * @throws BadInputException if it is none, or of a type that is not supported
     */
    public static AdapterDirectory open(Path dir) {
        if (!is(dir)) {
            throw new BadInputException("%s is no adapter directory: it has no %s.".formatted(dir, CONFIG));
        }
        Path file = dir.resolve(CONFIG);
        try {
            JsonNode config = new ObjectMapper().readTree(Files.readString(file));
            return new AdapterDirectory(
                    dir, PeftMethods.ofPeftType(config.path("peft_type").asText(), file), config);
        } catch (JsonProcessingException e) {
            throw new BadInputException("%s is not JSON: %s.".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read %s: %s.".formatted(file, e), e);
        }
    }

    /** The base model that its config names. */
    public Optional<Path> basePath() {
        String base = config.path(BASE).asText("");
        return base.isEmpty() || base.equals("null") ? Optional.empty() : Optional.of(Path.of(base));
    }

    /** The base to use it with. */
    public Path base(Optional<Path> given) {
        Path base = given.or(this::basePath)
                .orElseThrow(() -> new BadInputException(
                        "%s does not say which base model it belongs to (%s of %s is empty); give it as model_name_or_path."
                                .formatted(path, BASE, CONFIG)));
        if (!Files.isRegularFile(base.resolve("config.json"))) {
            throw new BadInputException(
                    "the base model %s of the adapter %s is no model directory; give the directory as model_name_or_path, and the adapter as lora_path."
                            .formatted(base, path));
        }
        BaseFingerprint.requireSame(path, base);
        return base;
    }

    /** How the weights of its base were kept while it was trained, if not as they are; it goes with the numbers behind those bits. */
    public Optional<QuantizationOptions> quantization() {
        return BaseFingerprint.quantizationOf(path);
    }

    /** What the adapter does. */
    Adaptation adaptation(AdapterFile file, PeftSettings settings) {
        return method.read(config, method.adaptsLinears() ? modules(file) : List.of(), settings);
    }

    /** The linears that the file has tensors for: what stands before the last two words of a name. */
    private static List<String> modules(AdapterFile file) {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : file.names()) {
            int dot = name.lastIndexOf('.', name.lastIndexOf('.') - 1);
            modules.add(dot < 0 ? name : name.substring(0, dot));
        }
        if (modules.isEmpty()) {
            throw new BadInputException(
                    "the adapter file has no tensor whose name begins with %s; it is not one of PEFT."
                            .formatted(AdapterFile.PREFIX));
        }
        return List.copyOf(modules);
    }

    /**
     * Writes all but the weights.
     *
     * @param base the model that the adapter belongs to
     */
    public static void writeConfig(Path dir, Adapters adapters, Path base) throws IOException {
        Files.writeString(
                dir.resolve(CONFIG),
                configOf(adapters).put(BASE, base.toString()).toPrettyString() + "\n");
        BaseFingerprint.of(base, adapters.quantization()).write(dir);
    }

    private static ObjectNode configOf(Adapters adapters) {
        Adaptation adaptation = adapters.adaptation();
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("peft_type", PeftMethods.named(adaptation.method()).peftType());
        config.put("task_type", "CAUSAL_LM");
        config.put(BASE, "");
        config.put("inference_mode", true);
        config.setAll(adaptation.config(adapters.targets(), adapters.linears()));
        return config;
    }

    /**
     * Checks that a checkpoint is of these very adapters.
     *
     * @throws BadInputException if it has other settings
     */
    public static void requireSameConfig(Path checkpoint, Adapters adapters) {
        ObjectNode saved = (ObjectNode) open(checkpoint).config();
        ObjectNode now = configOf(adapters);
        now.fieldNames().forEachRemaining(name -> {
            if (!name.equals(BASE)
                    && !now.get(name).toString().equals(saved.path(name).toString())) {
                throw new BadInputException(
                        "checkpoint %s was made with %s %s, this run has %s; resume with the adapters' settings of that run, or set overwrite_output_dir to start anew."
                                .formatted(checkpoint, name, saved.path(name), now.get(name)));
            }
        });
    }

    /** Rewrites a file of adapters under PEFT's names, and removes it. */
    public static void nameWeights(Path dir, Path weights, Adapters adapters) throws IOException {
        try (PointerScope scope = new PointerScope();
                SafetensorsFile file = SafetensorsFile.open(weights)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            file.tensors().keySet().forEach(name -> tensors.put(name, file.read(name)));
            writeWeights(dir, adapters, tensors);
        }
        Files.delete(weights);
    }

    /** Writes an adapter whose tensors are whole in this process. */
    public static void write(Path dir, Adapters adapters, Path base) throws IOException {
        writeConfig(dir, adapters, base);
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Parameter parameter : adapters.parameters()) {
                tensors.put(parameter.name(), parameter.tensor());
            }
            writeWeights(dir, adapters, tensors);
        }
    }

    private static void writeWeights(Path dir, Adapters adapters, Map<String, Tensor> whole) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        whole.forEach((name, tensor) -> tensors.put(weightName(name), tensor));
        adapters.adaptation().derived(whole).forEach((name, tensor) -> tensors.put(weightName(name), tensor));
        SafetensorsWriter.write(dir.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
    }

    /** What PEFT calls a parameter in the file. */
    public static String weightName(String parameter) {
        return AdapterFile.nameOf(parameter);
    }
}
