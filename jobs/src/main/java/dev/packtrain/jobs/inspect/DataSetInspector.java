package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at a prepared data set. */
final class DataSetInspector {
    private final Inspection.Request request;
    private final Path directory;
    private final Manifest manifest;
    private final DataSetTokenizer tokenizer;
    private final List<String> problems = new ArrayList<>();

    DataSetInspector(Inspection.Request request) throws IOException {
        this.request = request;
        directory = request.path();
        Manifest current = Manifest.read(directory.resolve(Manifest.FILE_NAME));
        manifest = request.version() == null
                ? current
                : Manifest.read(directory.resolve(current.fileOf(request.version(), directory)));
        tokenizer = new DataSetTokenizer(directory, manifest);
    }

    Inspection inspect() throws IOException {
        List<Figure> figures = figures();
        Table shards = shards();
        if (request.verify()) {
            tokenizer.problem().ifPresent(problems::add);
            figures.add(Figure.text("verified", verdict()));
        }
        Optional<PackContent> pack =
                request.pack() == null || !problems.isEmpty() ? Optional.empty() : Optional.of(pack());
        return new Inspection(
                PathKind.DATA_SET, directory.toString(), figures, Optional.of(shards), report(), pack, problems);
    }

    /** Of the run that made the version: what it read and made. */
    private Optional<PrepareReport> report() throws IOException {
        Path folder = request.version() == null
                ? directory
                : directory.resolve(Manifest.versionDirectory(manifest.datasetVersion()));
        Path file = folder.resolve(PrepareReport.FILE_NAME);
        return Files.isRegularFile(file)
                ? Optional.of(PrepareReport.fromJson(Files.readString(file), file.toString()))
                : Optional.empty();
    }

    private List<Figure> figures() {
        Manifest.Counts counts = manifest.counts();
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.count("rows_read", counts.rowsRead()));
        figures.add(Figure.count("rows_kept", counts.rowsKept()));
        figures.add(Figure.count("rows_rejected", counts.rowsRejected()));
        figures.add(Figure.count("rows_truncated", counts.rowsTruncated()));
        figures.add(Figure.count("tokens", counts.tokens()));
        figures.add(Figure.count("label_tokens", counts.labelTokens()));
        figures.add(Figure.count("tokens_dropped", counts.tokensDropped()));
        figures.add(Figure.count("packs", counts.packs()));
        figures.add(Figure.count("max_length", manifest.maxLength()));
        figures.add(Figure.share("padding_ratio", manifest.paddingRatio()));
        figures.add(Figure.text("example_kind", manifest.exampleKind().key()));
        figures.add(Figure.text("packing_method", method(manifest.packingMethod())));
        figures.add(Figure.count("group_size", manifest.groupSize()));
        figures.add(Figure.number("target_unigram_loss", manifest.targetUnigramLoss()));
        figures.add(Figure.text("tokenizer_sha256", manifest.tokenizer().sha256()));
        figures.add(Figure.count("vocab_size", manifest.tokenizer().vocabSize()));
        figures.add(Figure.count("eos_token_id", manifest.tokenizer().eosTokenId()));
        figures.add(Figure.text("inputs", String.join(", ", manifest.inputs())));
        figures.add(Figure.count("dataset_version", manifest.datasetVersion()));
        figures.add(Figure.count("first_version", manifest.firstVersion()));
        if (manifest.datasetVersion() > manifest.firstVersion()) {
            figures.add(Figure.text("report_covers", "version %d alone".formatted(manifest.datasetVersion())));
        }
        figures.add(Figure.text("created_by", manifest.createdBy()));
        figures.add(Figure.count("format_version", manifest.formatVersion()));
        return figures;
    }

    private static String method(PackingMethod method) {
        return switch (method) {
            case NONE -> "none: every example alone";
            case NEXT_FIT -> "next fit (zero_padding)";
            case WORST_FIT -> "worst fit in buffers of 500 (PaddleNLP's greedy_zero_padding)";
            case BEST_FIT_DECREASING -> "best fit decreasing";
            case PATTERN -> "patterns of lengths (greedy_zero_padding)";
        };
    }

    private Table shards() throws IOException {
        List<List<Figure>> rows = new ArrayList<>();
        for (Manifest.ShardEntry shard : manifest.shards()) {
            List<Figure> row = new ArrayList<>(List.of(
                    Figure.text("file", shard.file()),
                    Figure.count("packs", shard.packs()),
                    Figure.count("examples", shard.examples()),
                    Figure.count("tokens", shard.tokens()),
                    Figure.count("label_tokens", shard.labelTokens()),
                    Figure.bytes("bytes", shard.bytes())));
            if (request.verify()) {
                Optional<String> problem = ShardVerification.problem(directory.resolve(shard.file()), shard);
                problem.ifPresent(problems::add);
                row.add(Figure.text("verified", problem.isEmpty() ? "ok" : "DIFFERS"));
            }
            rows.add(row);
        }
        return new Table("shards", rows);
    }

    private String verdict() {
        return problems.isEmpty()
                ? "size and SHA-256 of every shard, and the tokenizer"
                : "%d of %d files differ"
                        .formatted(problems.size(), manifest.shards().size() + 1);
    }

    private PackContent pack() throws IOException {
        long number = request.pack();
        try (PackedDataset dataset = PackedDataset.open(directory, manifest.datasetVersion())) {
            if (number < 0 || number >= dataset.numPacks()) {
                throw Inspection.noSuchPack(request, dataset.numPacks());
            }
            try (Tokenizer loaded = HuggingFaceTokenizer.load(tokenizer.files(), null)) {
                return PackReader.read(number, dataset.get(number), SpanDecoder.with(loaded));
            }
        }
    }
}
