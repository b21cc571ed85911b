package dev.packtrain.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The architecture that a run's options ask for. */
public final class RunConfig {
    private static final String VOCAB_SIZE = "vocab_size";

    private RunConfig() {}

    /**
     * Reads it; a {@code config.json} to train from scratch with may leave the vocabulary to the tokenizer of the data.
     *
     * @param vocabSize of that tokenizer; empty if it is not known yet
     * @return empty if the vocabulary is that of a tokenizer that is not known yet
     */
    public static Optional<DecoderConfig> of(ModelOptions model, OptionalInt vocabSize) throws IOException {
        if (model.modelDir() != null) {
            return Optional.of(DecoderConfig.read(Path.of(model.modelDir()), Map.of()));
        }
        Path file = Path.of(model.configFile());
        Path json = Files.isDirectory(file) ? file.resolve("config.json") : file;
        Map<String, String> overrides = new HashMap<>(model.configOverrides());
        if (Files.isRegularFile(json) && !overrides.containsKey(VOCAB_SIZE) && leavesVocabularyOpen(json)) {
            if (vocabSize.isEmpty()) {
                return Optional.empty();
            }
            overrides.put(VOCAB_SIZE, Integer.toString(vocabSize.getAsInt()));
        }
        return Optional.of(DecoderConfig.read(file, overrides));
    }

    /** What is no JSON is refused by the reader of the architecture, which says where. */
    private static boolean leavesVocabularyOpen(Path json) throws IOException {
        try {
            return !new ObjectMapper().readTree(Files.readString(json)).has(VOCAB_SIZE);
        } catch (JsonProcessingException malformed) {
            return false;
        }
    }
}
