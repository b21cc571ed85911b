package dev.packtrain.pipeline;

import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Rows, options and what a run leaves, for tests of {@link Prepare}. */
final class PrepareFixture {
    static final int GROUP_SIZE = 64;
    static final int MAX_LENGTH = 1024;

    private PrepareFixture() {}

    static Path sample(Path folder, int numRows) throws IOException {
        Path file = folder.resolve("sample.jsonl");
        new SampleGenerator(3).writeTo(file, numRows);
        return file;
    }

    static PrepareOptions options(Path source, Path output) {
        return options(SourceOptions.of(source.toString()), OutputOptions.of(output.toString()));
    }

    static PrepareOptions options(SourceOptions source, OutputOptions output) {
        return options(source, output, PackingMethod.BEST_FIT_DECREASING);
    }

    static PrepareOptions options(SourceOptions source, OutputOptions output, PackingMethod method) {
        return new PrepareOptions(
                source,
                EncodeOptions.of(GoldenTokenizer.directory().toString(), 256, MAX_LENGTH),
                new PackOptions(method, GROUP_SIZE),
                output,
                5);
    }

    /** Contents of the files below a directory by relative path, except those with times or paths in them. */
    static Map<String, String> bytes(Path directory) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                String name = directory.relativize(file).toString();
                if (!name.contains("report.") && !name.endsWith("recipe.json")) {
                    contents.put(name, HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        }
        return contents;
    }
}
