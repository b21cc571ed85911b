package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltModelTest {
    @TempDir
    Path temp;

    private PreparedData data;
    private Path config;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @BeforeEach
    void prepare() throws IOException {
        data = PreparedData.open(TinyData.write(temp.resolve("data"), 4), 1);
        config = TinyData.writeConfig(temp);
    }

    private BuiltModel build(ModelOptions source) throws IOException {
        TrainingOptions tiny = TinyOptions.of(1, 1, 1).withConfig("unused");
        TrainingOptions options = new TrainingOptions(
                source,
                tiny.batch(),
                tiny.optimizer(),
                tiny.schedule(),
                tiny.precision(),
                tiny.saving(),
                tiny.logging(),
                ParallelOptions.NONE);
        return BuiltModel.build(options, data, ComputeDevice.CPU, Optional.empty(), MeshGroups.single());
    }

    @Test
    void theVocabularyComesFromTheDataIfTheConfigLeavesItOut() throws IOException {
        try (BuiltModel built = build(new ModelOptions(null, config.toString(), Map.of()))) {
            assertThat(built.config().vocabSize()).isEqualTo(TinyPacks.VOCAB_SIZE);
            assertThat(built.tokens().eosTokenIds()).containsExactly(0);
        }
        try (BuiltModel built = build(new ModelOptions(null, config.toString(), Map.of("vocab_size", "70")))) {
            assertThat(built.config().vocabSize()).isEqualTo(70);
        }
    }

    @Test
    void aVocabularySmallerThanTheTokenizersIsRefused() {
        assertThatThrownBy(() -> build(new ModelOptions(null, config.toString(), Map.of("vocab_size", "63"))))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("vocab_size is 63")
                .hasMessageContaining("64 ids");
    }

    @Test
    void aModelWithAnotherTokenizerThanTheShardsIsRefused() throws IOException {
        Path model = Files.createDirectory(temp.resolve("model"));
        try (BuiltModel built = build(new ModelOptions(null, config.toString(), Map.of()))) {
            HuggingFaceModel.save(model, built.config(), built.model().parameters(), built.tokens());
        }
        // Without a tokenizer of its own, the model is taken as it is.
        build(new ModelOptions(model.toString(), null, Map.of())).close();
        Files.writeString(model.resolve(PreparedData.TOKENIZER_JSON), "{\"another\": true}");
        assertThatThrownBy(() -> build(new ModelOptions(model.toString(), null, Map.of())))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not the tokenizer that the shards")
                .hasMessageContaining(TinyData.TOKENIZER_SHA256);
    }
}
