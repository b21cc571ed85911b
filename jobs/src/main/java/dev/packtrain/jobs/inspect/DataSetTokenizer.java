package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The copy of the tokenizer in a prepared data set. */
final class DataSetTokenizer {
    static final String FILE = "tokenizer.json";

    private final Path directory;
    private final Manifest manifest;

    /** Of the data set at {@code dataSet}, as its manifest says. */
    DataSetTokenizer(Path dataSet, Manifest manifest) {
        directory = dataSet.resolve(manifest.tokenizerDirectory());
        this.manifest = manifest;
    }

    boolean exists() {
        return Files.isRegularFile(directory.resolve(FILE));
    }

    /** What is wrong with it, as one sentence; empty if it is the one that made the data set. */
    Optional<String> problem() throws IOException {
        if (!exists()) {
            return Optional.of("%s is missing, though prepare put it there; restore it, or prepare the data again"
                    .formatted(directory.resolve(FILE)));
        }
        String got = TokenizerFiles.read(directory).sha256();
        String wanted = manifest.tokenizer().sha256();
        return got.equals(wanted)
                ? Optional.empty()
                : Optional.of(
                        "%s is not the tokenizer that made this data set: got SHA-256 %s, wanted %s; restore it, or prepare the data again"
                                .formatted(directory.resolve(FILE), got, wanted));
    }

    /**
     * Its files.
     *
     * @throws BadInputException if it is not the one that made the data set
     */
    TokenizerFiles files() throws IOException {
        Optional<String> problem = problem();
        if (problem.isPresent()) {
            throw new BadInputException(problem.get());
        }
        return TokenizerFiles.read(directory);
    }
}
