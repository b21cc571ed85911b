package dev.packtrain.training.checkpoint;

import dev.packtrain.training.checkpoint.PieceMap.StoredPiece;
import dev.packtrain.training.checkpoint.PieceMap.StoredTensor;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.safetensors.SafetensorsStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** {@code state-<rank>-of-<ranks>.safetensors}: the pieces that one rank writes, each as a flat tensor. */
final class PieceFile {
    private PieceFile() {}

    static String name(int rank, int worldSize) {
        return "state-%05d-of-%05d.safetensors".formatted(rank, worldSize);
    }

    /**
     * Writes a file and forces it to the disk.
     *
     * @param pieces contiguous; what is not in host memory is copied there, one at a time
     */
    static RankPart write(Path dir, int rank, int worldSize, List<StatePiece> pieces) throws IOException {
        // Wide elements first, so that each tensor of the file is aligned to its own.
        List<StatePiece> sorted = pieces.stream()
                .filter(piece -> piece.values().numel() > 0)
                .sorted(Comparator.comparingLong(piece -> -piece.values().element_size()))
                .toList();
        if (sorted.isEmpty()) {
            return RankPart.NOTHING;
        }
        String name = name(rank, worldSize);
        PieceMap map = PieceMap.of(name, sorted);
        MessageDigest digest = FileSha256.digest();
        try (SafetensorsStream stream =
                SafetensorsStream.create(dir.resolve(name), slots(sorted), Map.of("format", "pt"), digest)) {
            sorted.forEach(piece -> write(stream, piece));
            stream.finish();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        CheckpointIndex.Entry entry = new CheckpointIndex.Entry(
                Files.size(dir.resolve(name)), HexFormat.of().formatHex(digest.digest()));
        return new RankPart(Map.of(name, entry), map, "");
    }

    private static void write(SafetensorsStream stream, StatePiece piece) {
        TensorScope.run(() -> {
            try {
                stream.write(piece.values().detach().cpu());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<SafetensorsStream.Slot> slots(List<StatePiece> pieces) {
        return pieces.stream().map(PieceFile::slot).toList();
    }

    private static SafetensorsStream.Slot slot(StatePiece piece) {
        StoredTensor tensor = PieceMap.of("", List.of(piece)).tensors().get(0);
        StoredPiece stored = tensor.pieces().get(0);
        return new SafetensorsStream.Slot(stored.keyOf(tensor), tensor.dtype(), new long[] {stored.count()});
    }
}
