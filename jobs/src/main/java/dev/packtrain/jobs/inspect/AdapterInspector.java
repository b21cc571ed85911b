package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.peft.AdapterDirectory;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at an adapter, or lists those of a directory. Weights are not read, only the headers of their files. */
final class AdapterInspector {
    private final Path path;

    AdapterInspector(Inspection.Request request) {
        path = request.path();
        request.requireNoVersion("an adapter");
        if (request.pack() != null || request.verify()) {
            throw new BadInputException(
                    "%s holds adapters, which have neither packs nor recorded checksums; leave --pack and --verify out"
                            .formatted(path));
        }
    }

    /** Adapter directories directly below a directory, by name. */
    static List<Path> below(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(AdapterDirectory::is).sorted().toList();
        }
    }

    Inspection one() throws IOException {
        return inspection(PathKind.ADAPTER, figures(path), Optional.empty());
    }

    Inspection all() throws IOException {
        List<List<Figure>> rows = new ArrayList<>();
        for (Path each : below(path)) {
            List<Figure> row = new ArrayList<>(
                    List.of(Figure.text("name", each.getFileName().toString())));
            row.addAll(figures(each));
            rows.add(row);
        }
        Figure count = Figure.count("adapters", rows.size());
        return inspection(PathKind.ADAPTERS, List.of(count), Optional.of(new Table("adapters", rows)));
    }

    private Inspection inspection(PathKind kind, List<Figure> figures, Optional<Table> table) {
        return new Inspection(kind, path.toString(), figures, table, Optional.empty(), Optional.empty(), List.of());
    }

    private static List<Figure> figures(Path dir) {
        AdapterDirectory adapter = AdapterDirectory.open(dir);
        try (SafetensorsFile file = SafetensorsFile.open(dir.resolve(AdapterDirectory.WEIGHTS))) {
            List<Figure> figures = new ArrayList<>(List.of(
                    Figure.text("method", adapter.method().name()),
                    Figure.text("peft_type", adapter.config().path("peft_type").asText())));
            figures.addAll(StoredTensor.figures(file.tensors().values().stream()
                    .map(entry -> new StoredTensor(entry.dtype(), entry.shape()))
                    .toList()));
            figures.add(Figure.text(
                    "base_kept_in",
                    adapter.quantization()
                            .map(options -> options.algorithm().key())
                            .orElse("its own dtype")));
            figures.add(
                    Figure.text("base", adapter.basePath().map(Path::toString).orElse("not named")));
            return figures;
        }
    }
}
