package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.Shard;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at one shard, which may lie in its data set or alone. */
final class ShardInspector {
    private final Inspection.Request request;
    private final Path file;
    /** Of the data set that the shard belongs to, or null. */
    private final Path dataSet;

    ShardInspector(Inspection.Request request) {
        this.request = request;
        file = request.path();
        request.requireNoVersion("a shard");
        Path folder = file.toAbsolutePath().normalize().getParent();
        Path above = folder == null ? null : folder.getParent();
        dataSet = above != null && Files.isRegularFile(above.resolve(Manifest.FILE_NAME)) ? above : null;
    }

    Inspection inspect() throws IOException {
        List<String> problems = new ArrayList<>();
        if (request.verify()) {
            ShardVerification.problem(file, entry()).ifPresent(problems::add);
        }
        try (Shard shard = Shard.open(file)) {
            List<Figure> figures = figures(shard);
            if (request.verify()) {
                figures.add(
                        Figure.text("verified", problems.isEmpty() ? "size and SHA-256" : "DIFFERS from the manifest"));
            }
            Optional<PackContent> pack = request.pack() == null ? Optional.empty() : Optional.of(pack(shard));
            return new Inspection(
                    PathKind.SHARD, file.toString(), figures, Optional.empty(), Optional.empty(), pack, problems);
        }
    }

    private List<Figure> figures(Shard shard) throws IOException {
        long examples = 0;
        long tokens = 0;
        long labelTokens = 0;
        for (int row = 0; row < shard.numPacks(); row++) {
            PackedSequence pack = shard.get(row);
            examples += pack.numDocuments();
            tokens += pack.numTokens();
            labelTokens += pack.numLabelTokens();
        }
        long slots = (long) shard.numPacks() * shard.maxLength();
        return new ArrayList<>(List.of(
                Figure.count("rows", shard.numPacks()),
                Figure.count("max_length", shard.maxLength()),
                Figure.count("examples", examples),
                Figure.count("tokens", tokens),
                Figure.count("label_tokens", labelTokens),
                Figure.share("padding_ratio", slots == 0 ? 0 : (double) (slots - tokens) / slots),
                Figure.bytes("bytes", Files.size(file)),
                Figure.count("format_version", Manifest.FORMAT_VERSION),
                Figure.text("data_set", dataSet == null ? "none around it" : dataSet.toString())));
    }

    private Manifest.ShardEntry entry() throws IOException {
        if (dataSet == null) {
            throw new BadInputException(
                    "--verify needs the %s that lists %s, two directories up; give the data set, or leave --verify out"
                            .formatted(Manifest.FILE_NAME, file));
        }
        Path manifestFile = dataSet.resolve(Manifest.FILE_NAME);
        Path wanted = file.toAbsolutePath().normalize();
        return Manifest.read(manifestFile).shards().stream()
                .filter(shard -> dataSet.resolve(shard.file()).normalize().equals(wanted))
                .findFirst()
                .orElseThrow(() ->
                        new BadInputException("%s does not list %s; give a shard that it lists, or leave --verify out"
                                .formatted(manifestFile, file)));
    }

    private PackContent pack(Shard shard) throws IOException {
        long row = request.pack();
        if (row < 0 || row >= shard.numPacks()) {
            throw Inspection.noSuchPack(request, shard.numPacks());
        }
        PackedSequence pack = shard.get((int) row);
        if (dataSet == null) {
            return PackReader.read(row, pack, SpanDecoder.IDS);
        }
        DataSetTokenizer files = new DataSetTokenizer(dataSet, Manifest.read(dataSet.resolve(Manifest.FILE_NAME)));
        if (!files.exists()) {
            return PackReader.read(row, pack, SpanDecoder.IDS);
        }
        try (Tokenizer tokenizer = HuggingFaceTokenizer.load(files.files(), null)) {
            return PackReader.read(row, pack, SpanDecoder.with(tokenizer));
        }
    }
}
