package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A look at every byte of a checkpoint. What is cheap comes first: index, sizes, and the map of the pieces. The SHA-256
 * of the files can then be shared between several ranks, each of which reads some of them.
 */
public final class CheckpointCheck {
    private final Path dir;
    private final List<Map.Entry<String, CheckpointIndex.Entry>> files;
    private final Optional<String> outline;

    private CheckpointCheck(Path dir, CheckpointIndex.Read read) throws IOException {
        this.dir = dir;
        this.files =
                read.index().map(index -> List.copyOf(index.files().entrySet())).orElse(List.of());
        this.outline = read.index().isEmpty() ? Optional.of(read.problem()) : readableOutline();
    }

    /** Begins with index, sizes and map. */
    public static CheckpointCheck of(Path dir) throws IOException {
        return new CheckpointCheck(dir, CheckpointIndex.read(dir));
    }

    private Optional<String> readableOutline() {
        try {
            return outlineProblem();
        } catch (IOException e) {
            return Optional.of("it cannot be read (%s)".formatted(e));
        }
    }

    private Optional<String> outlineProblem() throws IOException {
        for (Map.Entry<String, CheckpointIndex.Entry> file : files) {
            Path path = dir.resolve(file.getKey());
            if (!Files.isRegularFile(path)) {
                return Optional.of(file.getKey() + " is missing");
            }
            long bytes = Files.size(path);
            if (bytes != file.getValue().bytes()) {
                return Optional.of("%s has %d bytes instead of %d"
                        .formatted(file.getKey(), bytes, file.getValue().bytes()));
            }
        }
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).getKey().equals(PieceMap.FILE_NAME)) {
                Optional<String> problem = problem(i, look(i));
                return problem.isPresent() ? problem : mapProblem();
            }
        }
        return Optional.of(PieceMap.FILE_NAME + " is missing");
    }

    private Optional<String> mapProblem() throws IOException {
        PieceMap map;
        try {
            map = PieceMap.read(dir);
        } catch (JsonProcessingException e) {
            return Optional.of("%s cannot be read (%s)".formatted(PieceMap.FILE_NAME, e.getOriginalMessage()));
        }
        for (String file : map.fileNames()) {
            if (files.stream().noneMatch(entry -> entry.getKey().equals(file))) {
                return Optional.of("%s is not listed in %s".formatted(file, CheckpointIndex.FILE_NAME));
            }
        }
        return map.problem();
    }

    /** What is wrong, without a look at the content of the large files; empty if nothing is. */
    public Optional<String> outline() {
        return outline;
    }

    /** Number of files that {@link #look} can look at. */
    public int numFiles() {
        return files.size();
    }

    /** How a file is found. */
    public enum Found {
        /** Every byte is as written. */
        INTACT(0, ""),
        TORN(1, " has another SHA-256"),
        /** The file system does not give it. */
        UNREADABLE(2, " cannot be read");

        private final int code;
        private final String problem;

        Found(int code, String problem) {
            this.code = code;
            this.problem = problem;
        }

        /** Under which ranks tell each other. */
        public int code() {
            return code;
        }

        /** What a rank has told. */
        public static Found of(long code) {
            return Arrays.stream(values())
                    .filter(found -> found.code == code)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /**
     * Reads a whole file.
     *
     * @param number 0-based
     */
    public Found look(int number) {
        Path file = dir.resolve(files.get(number).getKey());
        try {
            return FileSha256.of(file).equals(files.get(number).getValue().sha256()) ? Found.INTACT : Found.TORN;
        } catch (IOException e) {
            System.err.println("cannot read " + file + ": " + e);
            return Found.UNREADABLE;
        }
    }

    /** What is wrong with a file that this or another rank has looked at; empty if nothing is. */
    public Optional<String> problem(int number, Found found) {
        return found == Found.INTACT
                ? Optional.empty()
                : Optional.of(files.get(number).getKey() + found.problem);
    }

    /** All of it, on this rank alone. */
    Optional<String> whole() {
        Optional<String> problem = outline;
        for (int i = 0; i < files.size() && problem.isEmpty(); i++) {
            problem = problem(i, look(i));
        }
        return problem;
    }
}
