package dev.packtrain.training.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * The weights of a Hugging Face directory: {@code model.safetensors}, or the files that
 * {@code model.safetensors.index.json} names.
 */
public final class SafetensorsDirectory implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = SINGLE + ".index.json";

    private final Map<String, SafetensorsFile> fileOfTensor = new LinkedHashMap<>();
    private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();

    private SafetensorsDirectory() {}

    /**
     * Opens every file.
     *
     * @throws BadInputException if there are no weights, or they or the index are malformed
     */
    public static SafetensorsDirectory open(Path dir) {
        SafetensorsDirectory directory = new SafetensorsDirectory();
        try {
            if (Files.isRegularFile(dir.resolve(SINGLE))) {
                SafetensorsFile file = directory.file(dir, SINGLE);
                file.tensors().keySet().forEach(name -> directory.fileOfTensor.put(name, file));
            } else if (Files.isRegularFile(dir.resolve(INDEX))) {
                directory.openIndex(dir);
            } else {
                throw new BadInputException("There is neither " + SINGLE + " nor " + INDEX + " in " + dir
                        + "; give a Hugging Face model directory with safetensors weights.");
            }
            return directory;
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    private void openIndex(Path dir) {
        Path index = dir.resolve(INDEX);
        JsonNode weightMap;
        try {
            weightMap = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
        } catch (IOException e) {
            throw new BadInputException(index + " is not a readable JSON file: " + e.getMessage() + ".", e);
        }
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new BadInputException(index + " has no weight_map, wanted tensor names with file names.");
        }
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            String fileName = entry.getValue().asText();
            if (!fileName.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")) {
                throw new BadInputException("weight_map of " + index + " names the file '" + fileName
                        + "', wanted a .safetensors file beside it.");
            }
            SafetensorsFile file = file(dir, fileName);
            if (!file.tensors().containsKey(entry.getKey())) {
                throw new BadInputException(index + " places '" + entry.getKey() + "' in " + fileName
                        + ", where it is not; fetch the model again.");
            }
            fileOfTensor.put(entry.getKey(), file);
        }
    }

    private SafetensorsFile file(Path dir, String name) {
        return files.computeIfAbsent(name, n -> SafetensorsFile.open(dir.resolve(n)));
    }

    /** Names of all tensors. */
    public Set<String> names() {
        return fileOfTensor.keySet();
    }

    /** Names of the files that hold them. */
    public Set<String> fileNames() {
        return files.keySet();
    }

    /** What is known of a tensor, or null. */
    public TensorEntry entry(String name) {
        SafetensorsFile file = fileOfTensor.get(name);
        return file == null ? null : file.tensors().get(name);
    }

    /** Reads one of {@link #names()}, as {@link SafetensorsFile#read}. */
    public Tensor read(String name) {
        return fileOfTensor.get(name).read(name);
    }

    /** Reads a part of one of {@link #names()}, as {@link SafetensorsFile#read(String, int, long, long)}. */
    public Tensor read(String name, int dim, long from, long length) {
        return fileOfTensor.get(name).read(name, dim, from, length);
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}
