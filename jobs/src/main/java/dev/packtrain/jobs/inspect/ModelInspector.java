package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.model.AttentionConfig;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Looks at a model directory or a checkpoint. Weights are not read, only the headers of their files. */
final class ModelInspector {
    static final String CONFIG = "config.json";

    private final Path directory;

    ModelInspector(Inspection.Request request) {
        directory = request.path();
        request.requireNoVersion("a model");
        if (request.pack() != null) {
            throw new BadInputException("--pack is %d, but %s is a model and has no packs; give a data set or a shard"
                    .formatted(request.pack(), directory));
        }
        if (request.verify() && !Checkpoints.isCheckpoint(directory)) {
            throw new BadInputException(
                    "--verify needs recorded checksums, and %s is a model without them; give a checkpoint-<step> folder, or leave --verify out"
                            .formatted(directory));
        }
    }

    Inspection inspect() throws IOException {
        boolean checkpoint = Checkpoints.isCheckpoint(directory);
        Optional<String> problem = checkpoint ? Checkpoints.problemOf(directory) : Optional.empty();
        List<Figure> figures = new ArrayList<>();
        config(figures);
        if (problem.isEmpty()) {
            figures.addAll(StoredTensor.figures(tensors()));
        }
        figures.add(Figure.text("tokenizer_sha256", tokenizer()));
        if (Files.isRegularFile(directory.resolve(TrainerState.FILE_NAME))) {
            state(figures);
        }
        List<String> problems = new ArrayList<>();
        if (checkpoint) {
            problem.map(what -> "checkpoint %s is broken: %s; restore it, or resume from another one"
                            .formatted(directory, what))
                    .ifPresent(problems::add);
            figures.add(Figure.text(
                    "verified", problem.map(what -> "BROKEN: " + what).orElse("every file's size and SHA-256")));
        } else {
            figures.add(Figure.text("checkpoints", checkpoints()));
        }
        return new Inspection(
                PathKind.MODEL,
                directory.toString(),
                figures,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                problems);
    }

    private void config(List<Figure> figures) {
        DecoderConfig config = DecoderConfig.read(directory, Map.of());
        figures.add(Figure.text("architecture", config.family().modelType()));
        figures.add(Figure.count("num_hidden_layers", config.numHiddenLayers()));
        figures.add(Figure.count("hidden_size", config.hiddenSize()));
        figures.add(Figure.count("intermediate_size", config.intermediateSize()));
        figures.add(Figure.count("num_attention_heads", config.numAttentionHeads()));
        figures.add(Figure.count("num_key_value_heads", config.numKeyValueHeads()));
        figures.add(Figure.count("head_dim", config.headDim()));
        figures.add(Figure.count("vocab_size", config.vocabSize()));
        figures.add(Figure.count("max_position_embeddings", config.maxPositionEmbeddings()));
        figures.add(Figure.text("rope_type", config.rope().scaling().type()));
        int window = config.attention().slidingWindow();
        if (window != AttentionConfig.NO_WINDOW) {
            figures.add(Figure.count("sliding_window", window));
        }
        figures.add(Figure.flag("tie_word_embeddings", config.tieWordEmbeddings()));
    }

    /** In a checkpoint they are in pieces. */
    private List<StoredTensor> tensors() throws IOException {
        if (Checkpoints.isCheckpoint(directory)) {
            return Checkpoints.weightsOf(directory).stream()
                    .map(weight -> new StoredTensor(weight.dtype(), weight.shape()))
                    .toList();
        }
        try (SafetensorsDirectory weights = SafetensorsDirectory.open(directory)) {
            return weights.names().stream()
                    .map(weights::entry)
                    .map(entry -> new StoredTensor(entry.dtype(), entry.shape()))
                    .toList();
        }
    }

    private String tokenizer() throws IOException {
        return Files.isRegularFile(directory.resolve(DataSetTokenizer.FILE))
                ? TokenizerFiles.read(directory).sha256()
                : "none";
    }

    private void state(List<Figure> figures) throws IOException {
        TrainerState state = TrainerState.read(directory);
        figures.add(Figure.count("step", state.step()));
        figures.add(Figure.count("total_steps", state.totalSteps()));
        figures.add(Figure.number("epoch", state.epoch()));
        figures.add(Figure.count("world_size", state.worldSize()));
        figures.add(Figure.count("packs_per_step", state.identity().globalBatch()));
        figures.add(Figure.count("seed", state.identity().seed()));
        figures.add(Figure.number("mean_loss", state.step() == 0 ? 0 : state.lossTotal() / state.step()));
        figures.add(Figure.text("dataset_sha256", state.identity().datasetSha256()));
    }

    private String checkpoints() throws IOException {
        String names = new Checkpoints(directory)
                .newestFirst().stream()
                        .filter(Checkpoints::isCheckpoint)
                        .sorted(Comparator.comparingInt(Checkpoints::stepOf))
                        .map(child -> child.getFileName().toString())
                        .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }
}
