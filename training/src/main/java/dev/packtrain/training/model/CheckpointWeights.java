package dev.packtrain.training.model;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import dev.packtrain.training.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Weights of a Hugging Face directory. */
final class CheckpointWeights implements WeightSource {
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";
    private static final long COMPARED_ROWS = 1024;

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

    /** A weight that nothing reads would be lost silently when the model is saved; so would a tied head that is not the embedding. */
    void refuseUnread(DecoderConfig config) {
        for (String name : files.names()) {
            if (config.tieWordEmbeddings() && name.equals(HEAD)) {
                requireEmbeddingAsHead();
            } else if (!read.contains(name) && !name.endsWith("rotary_emb.inv_freq")) {
                throw new BadInputException("The weights in " + dir + " hold '" + name
                        + "', for which a " + config.family().title()
                        + " with their config.json has no place; the model is of another architecture.");
            }
        }
    }

    /** Files may repeat the embedding as the head that it is tied to. Another head is one: {@code transformers} 5 does not tie it. */
    private void requireEmbeddingAsHead() {
        if (!headIsEmbedding()) {
            throw new BadInputException(
                    "The weights in " + dir + " hold a '" + HEAD + "' that is not their '"
                            + EMBEDDING
                            + "', but tie_word_embeddings is true in their config.json; set it to false there, or take the head out of the weights.");
        }
    }

    private boolean headIsEmbedding() {
        long[] shape = files.entry(EMBEDDING).shape();
        boolean same = Arrays.equals(shape, files.entry(HEAD).shape());
        // Whoever took the weights closed their files.
        try (SafetensorsDirectory again = SafetensorsDirectory.open(dir)) {
            for (long from = 0; same && from < shape[0]; from += COMPARED_ROWS) {
                long begin = from;
                long length = Math.min(COMPARED_ROWS, shape[0] - from);
                same = TensorScope.value(
                        () -> rows(again, HEAD, begin, length).equal(rows(again, EMBEDDING, begin, length)));
            }
        }
        return same;
    }

    /** Rows in a dtype that holds those of any file. */
    private static Tensor rows(SafetensorsDirectory from, String name, long begin, long length) {
        return from.read(name, 0, begin, length).to(ScalarType.Double);
    }

    @Override
    public void close() {
        files.close();
    }
}
