package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.PieceMap.StoredPiece;
import dev.packtrain.training.checkpoint.PieceMap.StoredTensor;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.safetensors.Dtype;
import dev.packtrain.training.safetensors.SafetensorsFile;
import dev.packtrain.training.safetensors.TensorBytes;
import dev.packtrain.training.safetensors.TensorEntry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Reads any elements of the tensors of a checkpoint, however they were cut when it was written. Only the bytes that are
 * asked for are read, and those of short gaps between them; beside the target it takes {@link PieceCopy#SCRATCH_BYTES} of
 * memory, and a buffer of {@link #CHUNK_BYTES} for targets that are not in host memory.
 */
final class PieceReader implements AutoCloseable {
    static final long CHUNK_BYTES = 1 << 26;

    private final Path dir;
    private final Map<String, StoredTensor> tensors;
    private final Map<String, SafetensorsFile> files = new HashMap<>();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(PieceCopy.SCRATCH_BYTES);

    private PieceReader(Path dir, PieceMap map) {
        this.dir = dir;
        this.tensors = map.tensors().stream().collect(Collectors.toMap(StoredTensor::key, Function.identity()));
    }

    /** Reads files of a directory by their map. */
    static PieceReader open(Path dir, PieceMap map) {
        return new PieceReader(dir, map);
    }

    /** Fills pieces of live state. */
    void restore(List<StatePiece> pieces) {
        TensorScope.run(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                pieces.forEach(this::restore);
            }
        });
    }

    private void restore(StatePiece piece) {
        Dtype dtype = Dtype.of(piece.values().scalar_type().intern());
        Extent wanted = Extent.of(piece);
        StoredTensor stored = require(piece, dtype, wanted);
        long chunk = CHUNK_BYTES / dtype.numBytes();
        for (long done = 0; done < wanted.count(); done += chunk) {
            long count = Math.min(chunk, wanted.count() - done);
            Extent part = wanted.part(done, count);
            Tensor target = piece.values();
            if (target.is_cpu()) {
                read(stored, part, TensorBytes.of(target, done * dtype.numBytes(), count * dtype.numBytes()));
            } else {
                copyToDevice(stored, part, target, done);
            }
        }
    }

    private void copyToDevice(StoredTensor stored, Extent part, Tensor target, long done) {
        TensorScope.run(() -> {
            Tensor host =
                    new TensorFactory(ComputeDevice.CPU).empty(stored.dtype().scalarType(), part.count());
            read(
                    stored,
                    part,
                    TensorBytes.of(host, 0, part.count() * stored.dtype().numBytes()));
            target.narrow(0, done, part.count()).copy_(host);
        });
    }

    private StoredTensor require(StatePiece piece, Dtype dtype, Extent wanted) {
        StoredTensor stored = tensors.get(piece.name() + "/" + piece.kind().key());
        if (stored == null) {
            throw new BadInputException(
                    "checkpoint %s has no %s of %s; resume from a checkpoint of this very model, with the same bf16, use_lowprecision_moment and lora."
                            .formatted(dir, piece.kind().key(), piece.name()));
        }
        if (stored.dtype() != dtype || !Arrays.equals(stored.shape(), wanted.shape())) {
            throw new BadInputException(
                    "checkpoint %s has %s of %s as %s %s, this run has it as %s %s; resume from a checkpoint of this very model, with the same bf16 and use_lowprecision_moment."
                            .formatted(
                                    dir,
                                    piece.kind().key(),
                                    piece.name(),
                                    stored.dtype(),
                                    Arrays.toString(stored.shape()),
                                    dtype,
                                    Arrays.toString(wanted.shape())));
        }
        return stored;
    }

    /**
     * Reads some elements of a tensor.
     *
     * @param target as many bytes as they take, from index 0; its position stays
     */
    void read(StoredTensor tensor, Extent wanted, ByteBuffer target) {
        long[] found = new long[1];
        int size = tensor.dtype().numBytes();
        for (StoredPiece piece : tensor.pieces()) {
            PieceCopy copy = new PieceCopy(() -> file(tensor, piece), piece.keyOf(tensor), target, scratch);
            wanted.overlap(tensor.extent(piece), (here, there, count) -> {
                copy.copy(there * size, here * size, count * size);
                found[0] += count;
            });
            copy.finish();
        }
        if (found[0] != wanted.count()) {
            throw new BadInputException(
                    "checkpoint %s has %d of %d wanted elements of %s; restore it, or resume from another one."
                            .formatted(dir, found[0], wanted.count(), tensor.key()));
        }
    }

    private SafetensorsFile file(StoredTensor tensor, StoredPiece piece) {
        SafetensorsFile file = files.computeIfAbsent(piece.file(), name -> SafetensorsFile.open(dir.resolve(name)));
        TensorEntry entry = file.tensors().get(piece.keyOf(tensor));
        if (entry == null
                || entry.dtype() != tensor.dtype()
                || entry.numBytes() != piece.count() * tensor.dtype().numBytes()) {
            throw new BadInputException(
                    "%s places %s in %s, where it is not; restore the checkpoint, or resume from another one."
                            .formatted(dir.resolve(PieceMap.FILE_NAME), piece.keyOf(tensor), piece.file()));
        }
        return file;
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}
