package dev.packtrain.training.model;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import dev.packtrain.training.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Weights of a Hugging Face directory. */
final class CheckpointWeights implements WeightSource {
    private final Path dir;
    private final SafetensorsDirectory files;
    private final Set<String> read = new HashSet<>();

    private CheckpointWeights(Path dir, SafetensorsDirectory files) {
        this.dir = dir;
        this.files = files;
    }

    static CheckpointWeights open(Path dir) {
        return new CheckpointWeights(dir, SafetensorsDirectory.open(dir));
    }

    @Override
    public void require(String name, TensorSplit split) {
        long[] shape = split.wholeShape();
        TensorEntry entry = files.entry(name);
        if (entry == null) {
            throw new BadInputException("The weights in " + dir + " lack '" + name
                    + "', which their config.json asks for; the model is incomplete or of another architecture.");
        }
        if (!Arrays.equals(entry.shape(), shape)) {
            throw new BadInputException("'%s' in %s has shape %s, wanted %s by its config.json."
                    .formatted(name, dir, Arrays.toString(entry.shape()), Arrays.toString(shape)));
        }
        read.add(name);
    }

    @Override
    public Tensor get(String name, TensorSplit split, Role role) {
        require(name, split);
        return files.read(name, split.dim(), split.from(), split.length());
    }

    /** A weight that nothing reads would be lost silently when the model is saved. */
    void refuseUnread(DecoderConfig config) {
        for (String name : files.names()) {
            boolean tiedHead = config.tieWordEmbeddings() && name.equals("lm_head.weight");
            if (!read.contains(name) && !tiedHead && !name.endsWith("rotary_emb.inv_freq")) {
                throw new BadInputException("The weights in " + dir + " hold '" + name
                        + "', for which a " + config.family().title()
                        + " with their config.json has no place; the model is of another architecture.");
            }
        }
    }

    @Override
    public void close() {
        files.close();
    }
}
