package dev.packtrain.jobs.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What prepare left in a directory. */
final class DataSetFiles {
    private DataSetFiles() {}

    /** Contents by relative path, but for those with times and paths in them. */
    static Map<String, String> of(Path directory) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                String name = directory.relativize(path).toString();
                if (!name.matches("(.*/)?(report\\.json|report\\.html|recipe\\.json)")) {
                    files.put(name, HexFormat.of().formatHex(Files.readAllBytes(path)));
                }
            }
        }
        return files;
    }

    /** Copies a data set, and returns the copy. */
    static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        return to;
    }

    /** Reads every pack, so that every checksum is compared. */
    static Manifest requireWhole(Path directory) throws IOException {
        try (PackedDataset data = PackedDataset.open(directory)) {
            long tokens = 0;
            for (long pack = 0; pack < data.numPacks(); pack++) {
                tokens += data.get(pack).numTokens();
            }
            assertThat(tokens).isEqualTo(data.manifest().counts().tokens());
            return data.manifest();
        }
    }
}
