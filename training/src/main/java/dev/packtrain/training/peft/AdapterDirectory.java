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

    private static final String WEIGHT = ".weight";

    /** Of a config that names the tokenizer of its base; {@link #write} fills it. */
    static final String TOKENIZER = "tokenizer_name_or_path";

    private static final String BASE = "base_model_name_or_path";

    /** Whether a directory holds an adapter. */
    public static boolean is(Path dir) {
        return Files.isRegularFile(dir.resolve(CONFIG));
    }

    /**
     * Opens a directory.
     *
     * @throws BadInputException if it is none, of a type that is not supported, or with entries that are no numbers where numbers are wanted
     */
    public static AdapterDirectory open(Path dir) {
        if (!is(dir)) {
            throw new BadInputException(
                    "%s is no adapter directory: it has no %s; give a folder that training with an adapter wrote (a checkpoint of all weights resumes only a run without adapters)."
                            .formatted(dir, CONFIG));
        }
        Path file = dir.resolve(CONFIG);
        try {
            JsonNode config = new ObjectMapper().readTree(Files.readString(file));
            AdapterConfigTypes.check(config, file);
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

    /** The linears that the file has tensors for: what stands before the last word of a name, {@code .weight} aside. */
    private static List<String> modules(AdapterFile file) {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : file.names()) {
            String tensor = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
            modules.add(tensor.substring(0, Math.max(0, tensor.lastIndexOf('.'))));
        }
        if (modules.isEmpty()) {
            throw new BadInputException(
                    "the adapter file has no tensor whose name begins with %s; it is not one of PEFT."
                            .formatted(AdapterFile.PREFIX));
        }
        return List.copyOf(modules);
    }

    /**
     * Writes what a checkpoint has beside its weights: they are those of the adapter as it is trained.
     *
     * @param base the model that the adapter belongs to
     */
    public static void writeConfig(Path dir, Adapters adapters, Path base) throws IOException {
        write(dir, configOf(adapters, adapters.adaptation()), adapters, base);
    }

    private static void write(Path dir, ObjectNode config, Adapters adapters, Path base) throws IOException {
        config.put(BASE, base.toString());
        if (config.has(TOKENIZER)) {
            config.put(TOKENIZER, base.toString());
        }
        Files.writeString(dir.resolve(CONFIG), config.toPrettyString() + "\n");
        BaseFingerprint.of(base, adapters.quantization()).write(dir);
    }

    private static ObjectNode configOf(Adapters adapters, Adaptation adaptation) {
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
        ObjectNode now = configOf(adapters, adapters.adaptation());
        now.fieldNames().forEachRemaining(name -> {
            if (!List.of(BASE, TOKENIZER).contains(name)
                    && !now.get(name).toString().equals(saved.path(name).toString())) {
                throw new BadInputException(
                        "checkpoint %s was made with %s %s, this run has %s; resume with the adapters' settings of that run, or set overwrite_output_dir to start anew."
                                .formatted(checkpoint, name, saved.path(name), now.get(name)));
            }
        });
    }

    /**
     * Makes an adapter directory of one with a file of trained tensors, which goes.
     *
     * @param trained a safetensors file with all that is trained, whole, under the parameters' names
     * @param base the model that the adapter belongs to
     */
    public static void finish(Path dir, Path trained, Adapters adapters, Path base) throws IOException {
        try (PointerScope scope = new PointerScope();
                SafetensorsFile file = SafetensorsFile.open(trained)) {
            Map<String, Tensor> whole = new LinkedHashMap<>();
            file.tensors().keySet().forEach(name -> whole.put(name, file.read(name)));
            write(dir, whole, adapters, base);
        }
        Files.delete(trained);
    }

    /** Writes an adapter whose tensors are whole in this process. */
    public static void write(Path dir, Adapters adapters, Path base) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> whole = new LinkedHashMap<>();
            for (Parameter parameter : adapters.allParameters()) {
                whole.put(parameter.name(), parameter.tensor());
            }
            write(dir, whole, adapters, base);
        }
    }

    private static void write(Path dir, Map<String, Tensor> whole, Adapters adapters, Path base) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, Tensor> saved = adapters.saved(whole::get);
        saved.forEach((name, tensor) -> tensors.put(weightName(name), tensor));
        adapters.adaptation().derived(whole).forEach((name, tensor) -> tensors.put(weightName(name), tensor));
        SafetensorsWriter.write(dir.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
        write(dir, configOf(adapters, adapters.asSaved(saved)), adapters, base);
    }

    /** What PEFT calls a parameter in the file. */
    public static String weightName(String parameter) {
        return AdapterFile.nameOf(parameter);
    }
}
