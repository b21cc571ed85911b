package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.packtrain.training.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * {@code pieces.json}: where every element of every tensor of a checkpoint is.
 *
 * @param tensors the tensors
 */
record PieceMap(List<StoredTensor> tensors) {
    static final String FILE_NAME = "pieces.json";
    private static final ObjectWriter COMPACT = StrictJson.MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT);

    /**
     * One tensor of the state.
     *
     * @param name Hugging Face name of the parameter
     * @param kind which of its tensors
     * @param dtype element type
     * @param shape of the whole tensor
     * @param pieces that make it up, each element in one of them
     */
    record StoredTensor(String name, StatePiece.Kind kind, Dtype dtype, long[] shape, List<StoredPiece> pieces) {
        String key() {
            return name + "/" + kind.key();
        }

        Extent extent(StoredPiece piece) {
            return new Extent(shape, piece.dim, piece.from, piece.length, piece.first, piece.count);
        }
    }

    /**
     * One tensor of a file.
     *
     * @param file beside this one
     * @param dim see {@link Extent}
     * @param from see {@link Extent}
     * @param length see {@link Extent}
     * @param first see {@link Extent}
     * @param count see {@link Extent}
     */
    record StoredPiece(String file, int dim, long from, long length, long first, long count) {
        /** What the file calls it. */
        String keyOf(StoredTensor tensor) {
            return "%s[%d+%d]".formatted(tensor.key(), first, count);
        }
    }

    /** The map of a file with the pieces of one rank. */
    static PieceMap of(String file, List<StatePiece> pieces) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (StatePiece piece : pieces) {
            if (piece.values().numel() == 0) {
                continue;
            }
            Extent extent = Extent.of(piece);
            Dtype dtype = Dtype.of(piece.values().scalar_type().intern());
            StoredTensor tensor =
                    new StoredTensor(piece.name(), piece.kind(), dtype, extent.shape(), new ArrayList<>());
            tensors.computeIfAbsent(tensor.key(), key -> tensor)
                    .pieces()
                    .add(new StoredPiece(
                            file, extent.dim(), extent.from(), extent.length(), extent.first(), extent.count()));
        }
        return new PieceMap(List.copyOf(tensors.values()));
    }

    /** The maps of all ranks as one. */
    static PieceMap merged(List<PieceMap> parts) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (PieceMap part : parts) {
            for (StoredTensor tensor : part.tensors) {
                tensors.computeIfAbsent(
                                tensor.key(),
                                key -> new StoredTensor(
                                        tensor.name, tensor.kind, tensor.dtype, tensor.shape, new ArrayList<>()))
                        .pieces()
                        .addAll(tensor.pieces);
            }
        }
        return new PieceMap(List.copyOf(tensors.values()));
    }

    void write(Path dir) throws IOException {
        Files.writeString(dir.resolve(FILE_NAME), COMPACT.writeValueAsString(this) + "\n");
    }

    static PieceMap read(Path dir) throws IOException {
        return StrictJson.MAPPER.readValue(dir.resolve(FILE_NAME).toFile(), PieceMap.class);
    }

    /** Files that hold a piece. */
    Set<String> fileNames() {
        return tensors.stream()
                .flatMap(tensor -> tensor.pieces.stream())
                .map(StoredPiece::file)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The tensor or piece that is not as it should be; empty if every element is there once. */
    Optional<String> problem() {
        for (StoredTensor tensor : tensors) {
            Optional<String> problem = problem(tensor);
            if (problem.isPresent()) {
                return problem.map(what -> "%s: %s".formatted(tensor.key(), what));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> problem(StoredTensor tensor) {
        for (StoredPiece piece : tensor.pieces) {
            if (!tensor.extent(piece).isValid()) {
                return Optional.of("the piece in %s is not one of a tensor of that shape".formatted(piece.file));
            }
            if (piece.dim != tensor.pieces.get(0).dim) {
                return Optional.of("its pieces are cut along different dims");
            }
        }
        if (tensor.pieces.isEmpty()) {
            return Optional.of("no piece of it is there");
        }
        return uncovered(tensor);
    }

    /** Parts have to follow each other along the dim, and runs inside each part. */
    private static Optional<String> uncovered(StoredTensor tensor) {
        List<StoredPiece> sorted = new ArrayList<>(tensor.pieces);
        sorted.sort(Comparator.comparingLong(StoredPiece::from)
                .thenComparingLong(StoredPiece::length)
                .thenComparingLong(StoredPiece::first));
        long part = 0;
        long covered = 0;
        for (int i = 0; i < sorted.size(); i++) {
            StoredPiece piece = sorted.get(i);
            if (piece.from != part || piece.first != covered) {
                return Optional.of(hole(piece, part, covered));
            }
            covered += piece.count;
            boolean samePart = i + 1 < sorted.size()
                    && sorted.get(i + 1).from == piece.from
                    && sorted.get(i + 1).length == piece.length;
            if (!samePart) {
                if (covered != tensor.extent(piece).partCount()) {
                    return Optional.of("elements %d to %d of the part at %d are missing"
                            .formatted(covered, tensor.extent(piece).partCount(), part));
                }
                part += piece.length;
                covered = 0;
            }
        }
        long wholeLength = tensor.extent(sorted.get(0)).wholeLength();
        return part == wholeLength
                ? Optional.empty()
                : Optional.of("the part from %d to %d is missing".formatted(part, wholeLength));
    }

    private static String hole(StoredPiece piece, long part, long covered) {
        if (piece.from != part) {
            return piece.from > part
                    ? "the part from %d to %d is missing".formatted(part, piece.from)
                    : "the part at %d in %s overlaps another one".formatted(piece.from, piece.file);
        }
        return piece.first > covered
                ? "elements %d to %d of the part at %d are missing".formatted(covered, piece.first, part)
                : "the piece at %d of the part at %d in %s overlaps another one"
                        .formatted(piece.first, part, piece.file);
    }
}
