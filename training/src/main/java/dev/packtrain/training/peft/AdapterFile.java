package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@code adapter_model.safetensors} of PEFT: every tensor's name has the prefix {@value #PREFIX}. */
final class AdapterFile implements AutoCloseable {
    static final String NAME = "adapter_model.safetensors";

    /** PEFT's wrapper of the model. */
    static final String PREFIX = "base_model.model.";

    /** What PEFT's prompts are called, which are not within the model. */
    static final String PROMPT = "prompt_";

    /** How names of tensors begin that belong to no module, such as VeRA's {@code base_model.vera_A}. */
    static final String WHOLE_MODEL = "base_model.";

    private final Path path;
    private final SafetensorsFile file;
    private final Set<String> unread;

    private AdapterFile(Path path, SafetensorsFile file) {
        this.path = path;
        this.file = file;
        this.unread = new TreeSet<>(file.tensors().keySet());
    }

    /** Opens the file of a directory. */
    static AdapterFile open(Path dir) {
        Path path = dir.resolve(NAME);
        if (!path.toFile().isFile()) {
            throw new BadInputException(
                    "%s has no %s; give an adapter directory with safetensors weights (save_pretrained of PEFT writes them)."
                            .formatted(dir, NAME));
        }
        return new AdapterFile(path, SafetensorsFile.open(path));
    }

    /** The linears that tensors of a name belong to, in the file's order; {@code suffix} as {@code .lora_A.weight}. */
    List<String> modulesWith(String suffix) {
        return file.tensors().keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && name.endsWith(suffix))
                .map(name -> name.substring(PREFIX.length(), name.length() - suffix.length()))
                .toList();
    }

    /** What a parameter is called in the file. */
    static String nameOf(String parameter) {
        return parameter.startsWith(PROMPT) || parameter.startsWith(WHOLE_MODEL) ? parameter : PREFIX + parameter;
    }

    /** Whether the file has a parameter. */
    boolean has(String name) {
        return file.tensors().containsKey(nameOf(name));
    }

    /** Nobody here needs a tensor. */
    void ignore(String name) {
        unread.remove(nameOf(name));
    }

    /** Names without the prefix, of those that have it. */
    List<String> names() {
        return file.tensors().keySet().stream()
                .filter(name -> name.startsWith(PREFIX))
                .map(name -> name.substring(PREFIX.length()))
                .toList();
    }

    /** A whole tensor in fp32, in host memory, owned by the current scope. */
    Tensor read(String name) {
        String full = nameOf(name);
        TensorEntry entry = file.tensors().get(full);
        if (entry == null) {
            throw new BadInputException(
                    "%s has no '%s'; the adapter is incomplete, or of another model.".formatted(path, full));
        }
        unread.remove(full);
        return file.read(full).to(ScalarType.Float);
    }

    /** A part of a tensor in fp32, in host memory, owned by the current scope. */
    Tensor read(String name, TensorSplit split) {
        Tensor whole = read(name);
        if (!Arrays.equals(whole.shape(), split.wholeShape())) {
            throw new BadInputException("'%s' in %s has shape %s, wanted %s by the base model and %s."
                    .formatted(
                            nameOf(name),
                            path,
                            Arrays.toString(whole.shape()),
                            Arrays.toString(split.wholeShape()),
                            AdapterDirectory.CONFIG));
        }
        return whole.narrow(split.dim(), split.from(), split.length());
    }

    /** Names without the prefix of what nothing has read. */
    List<String> unread() {
        return names().stream().filter(name -> unread.contains(PREFIX + name)).toList();
    }

    /** What nothing has read would be lost silently. */
    void refuseUnread() {
        if (!unread.isEmpty()) {
            throw new BadInputException(
                    "%s holds '%s', for which the base model has no place; the adapter is of another model."
                            .formatted(path, unread.iterator().next()));
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
