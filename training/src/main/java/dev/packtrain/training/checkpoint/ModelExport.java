package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.checkpoint.PieceMap.StoredTensor;
import dev.packtrain.training.safetensors.SafetensorsStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The weights of a model that is spread over ranks as Hugging Face's safetensors files, without any rank holding more of it
 * than its own part: every rank writes its pieces into a directory that all mount, and then puts together, from the pieces
 * of all, every {@code worldSize}-th of the final files.
 *
 * <p>The caller sees to it that all ranks have done one step before any begins the next.
 */
public final class ModelExport {
    /** As in {@code transformers}: larger models become several files and an index. */
    public static final long MAX_FILE_BYTES = 5_000_000_000L;

    /** The file of a model that is not larger. */
    public static final String SINGLE = "model.safetensors";

    /** The index of a model that is. */
    public static final String INDEX = SINGLE + ".index.json";

    private static final int BUFFER_BYTES = 1 << 24;
    private static final String PIECES = "pieces";

    private final Path dir;
    private final int rank;
    private final int worldSize;
    private final long maxFileBytes;

    /**
     * An export.
     *
     * @param dir where the files go; made if missing
     * @param rank 0-based
     * @param worldSize number of ranks
     * @param maxFileBytes {@link #MAX_FILE_BYTES}
     */
    public ModelExport(Path dir, int rank, int worldSize, long maxFileBytes) {
        this.dir = dir;
        this.rank = rank;
        this.worldSize = worldSize;
        this.maxFileBytes = maxFileBytes;
    }

    /** First step: this rank's pieces of the weights; other pieces are left out. */
    public void writePieces(List<StatePiece> pieces) throws IOException {
        Path piecesDir = Files.createDirectories(dir.resolve(PIECES));
        List<StatePiece> own = pieces.stream()
                .filter(piece -> piece.writes() && piece.kind() == StatePiece.Kind.WEIGHT)
                .toList();
        PieceFile.write(piecesDir, rank, worldSize, own).write(piecesDir, rank);
    }

    /**
     * Second step: this rank's share of the final files; on rank 0 the index too.
     *
     * @param order names of all weights, as they shall follow each other
     */
    public void assemble(List<String> order) throws IOException {
        Path piecesDir = dir.resolve(PIECES);
        PieceMap map = mapOfAll(piecesDir);
        List<List<StoredTensor>> files = files(sorted(map, order));
        try (PieceReader reader = PieceReader.open(piecesDir, map)) {
            for (int i = rank; i < files.size(); i += worldSize) {
                write(reader, dir.resolve(fileName(i, files.size())), files.get(i));
            }
        }
        if (rank == 0 && files.size() > 1) {
            writeIndex(files);
        }
    }

    /** Third step, on rank 0: takes the pieces away. */
    public void removePieces() throws IOException {
        Durable.delete(dir.resolve(PIECES));
    }

    private PieceMap mapOfAll(Path piecesDir) throws IOException {
        List<PieceMap> parts = new ArrayList<>();
        for (int other = 0; other < worldSize; other++) {
            int missing = other;
            parts.add(RankPart.read(piecesDir, other)
                    .orElseThrow(() -> new IOException(
                            "rank %d has left no pieces of the model in %s".formatted(missing, piecesDir)))
                    .map());
        }
        PieceMap map = PieceMap.merged(parts);
        map.problem().ifPresent(problem -> {
            throw new IllegalStateException("the ranks did not write the whole model: " + problem);
        });
        return map;
    }

    private static List<StoredTensor> sorted(PieceMap map, List<String> order) {
        List<StoredTensor> tensors = new ArrayList<>(map.tensors());
        tensors.sort(Comparator.comparingInt(tensor -> order.indexOf(tensor.name())));
        List<String> names = tensors.stream().map(StoredTensor::name).toList();
        if (!names.equals(order)) {
            throw new IllegalStateException("the ranks wrote the weights %s, wanted %s".formatted(names, order));
        }
        return tensors;
    }

    private List<List<StoredTensor>> files(List<StoredTensor> tensors) {
        List<List<StoredTensor>> files = new ArrayList<>();
        long bytes = 0;
        for (StoredTensor tensor : tensors) {
            long more = slot(tensor).numBytes();
            if (files.isEmpty() || bytes + more > maxFileBytes) {
                files.add(new ArrayList<>());
                bytes = 0;
            }
            files.get(files.size() - 1).add(tensor);
            bytes += more;
        }
        return files;
    }

    private static String fileName(int number, int count) {
        return count == 1 ? SINGLE : "model-%05d-of-%05d.safetensors".formatted(number + 1, count);
    }

    private static SafetensorsStream.Slot slot(StoredTensor tensor) {
        return new SafetensorsStream.Slot(tensor.name(), tensor.dtype(), tensor.shape());
    }

    private static void write(PieceReader reader, Path file, List<StoredTensor> tensors) throws IOException {
        List<SafetensorsStream.Slot> slots =
                tensors.stream().map(ModelExport::slot).toList();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (SafetensorsStream stream = SafetensorsStream.create(file, slots, Map.of("format", "pt"))) {
            for (StoredTensor tensor : tensors) {
                Extent whole = Extent.whole(tensor.shape());
                int size = tensor.dtype().numBytes();
                long chunk = BUFFER_BYTES / size;
                for (long done = 0; done < whole.count(); done += chunk) {
                    Extent part = whole.part(done, Math.min(chunk, whole.count() - done));
                    ByteBuffer bytes = buffer.slice(0, (int) part.count() * size);
                    reader.read(tensor, part, bytes);
                    stream.write(bytes);
                }
            }
            stream.finish();
        }
    }

    private void writeIndex(List<List<StoredTensor>> files) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        long total = files.stream()
                .flatMap(List::stream)
                .mapToLong(tensor -> slot(tensor).numBytes())
                .sum();
        root.putObject("metadata").put("total_size", total);
        ObjectNode weightMap = root.putObject("weight_map");
        for (int i = 0; i < files.size(); i++) {
            String name = fileName(i, files.size());
            files.get(i).forEach(tensor -> weightMap.put(tensor.name(), name));
        }
        Files.writeString(dir.resolve(INDEX), root.toPrettyString() + "\n");
    }
}
