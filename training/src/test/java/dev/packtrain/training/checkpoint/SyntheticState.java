package dev.packtrain.training.checkpoint;

import dev.packtrain.training.checkpoint.StatePiece.Kind;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.safetensors.Dtype;
import dev.packtrain.training.safetensors.TensorBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * State that no model has, cut over a mesh in every way that one may be: tensors split along any dim into uneven parts or
 * copied over the tensor ranks, and the parts' elements spread over the shard ranks as one flat row.
 *
 * <p>An element's bytes are a function of its tensor, kind and place in the whole tensor.
 */
final class SyntheticState implements TrainedState, AutoCloseable {
    private static final long SALT = 0x9E3779B97F4A7C15L;

    private final Kept kept = new Kept();
    private final List<StatePiece> pieces = new ArrayList<>();

    /** A tensor of every mesh. */
    record Whole(String name, long[] shape, List<Kind> kinds) {}

    private SyntheticState() {}

    /** Between one and six tensors of up to three dims. */
    static List<Whole> tensors(Random random) {
        List<Whole> tensors = new ArrayList<>();
        int count = 1 + random.nextInt(6);
        for (int t = 0; t < count; t++) {
            long[] shape = random.longs(random.nextInt(4), 1, 14).toArray();
            List<Kind> kinds = random.nextBoolean() ? List.of(Kind.values()) : List.of(Kind.WEIGHT, Kind.EXP_AVG);
            tensors.add(new Whole("layer." + t + ".weight", shape, kinds));
        }
        return tensors;
    }

    /**
     * What a rank holds.
     *
     * @param cuts seed of how tensors are cut: the same on all ranks of a mesh
     * @param filled whether the elements have their bytes, or zeros
     */
    static SyntheticState of(List<Whole> tensors, DeviceMesh mesh, int rank, long cuts, boolean filled) {
        SyntheticState state = new SyntheticState();
        DeviceMesh.Coordinates at = mesh.of(rank);
        Random random = new Random(cuts);
        List<TensorSplit> splits = new ArrayList<>();
        List<Boolean> firstCopy = new ArrayList<>();
        for (Whole whole : tensors) {
            List<TensorSplit> parts = splits(whole.shape, mesh.tensor(), random);
            splits.add(parts.get(at.tensor()));
            firstCopy.add(at.tensor() == 0
                    || parts.get(at.tensor()).from()
                            != parts.get(at.tensor() - 1).from());
        }
        long all = splits.stream().mapToLong(SyntheticState::count).sum();
        long share = (all + mesh.shard() - 1) / mesh.shard();
        long begin = Math.min(all, share * at.shard());
        long end = Math.min(all, begin + share);
        long offset = 0;
        for (int t = 0; t < tensors.size(); t++) {
            long count = count(splits.get(t));
            long from = Math.max(begin, offset) - offset;
            long to = Math.min(end, offset + count) - offset;
            boolean writes = firstCopy.get(t) && at.data() == t % mesh.data();
            if (from < to) {
                state.add(tensors.get(t), splits.get(t), from, to - from, writes, filled);
            }
            offset += count;
        }
        return state;
    }

    private static long count(TensorSplit split) {
        return Arrays.stream(split.shape()).reduce(1, (a, b) -> a * b);
    }

    /** One for every tensor rank: whole copies, or parts of any length, or of fewer parts than ranks. */
    private static List<TensorSplit> splits(long[] shape, int degree, Random random) {
        boolean whole = shape.length == 0 || random.nextInt(4) == 0;
        int dim = whole ? 0 : random.nextInt(shape.length);
        int copies = whole ? degree : degree % 2 == 0 && random.nextBoolean() ? 2 : 1;
        int numParts = degree / copies;
        if (whole || shape[dim] < numParts) {
            return java.util.Collections.nCopies(degree, TensorSplit.whole(shape, degree));
        }
        long[] bounds = new long[numParts + 1];
        bounds[numParts] = shape[dim];
        for (int p = 1; p < numParts; p++) {
            // Each part gets at least one index, and leaves one for each that follows.
            bounds[p] = bounds[p - 1] + 1 + random.nextLong(shape[dim] - bounds[p - 1] - (numParts - p));
        }
        List<TensorSplit> splits = new ArrayList<>();
        for (int rank = 0; rank < degree; rank++) {
            int p = rank / copies;
            splits.add(new TensorSplit(shape, dim, bounds[p], bounds[p + 1] - bounds[p], copies));
        }
        return splits;
    }

    private void add(Whole whole, TensorSplit split, long from, long count, boolean writes, boolean filled) {
        for (Kind kind : whole.kinds) {
            TensorScope.run(() -> {
                Dtype dtype = dtype(kind);
                Tensor values = kept.keep(
                        torch.zeros(new long[] {count}, new org.bytedeco.pytorch.TensorOptions(dtype.scalarType())));
                StatePiece piece = new StatePiece(whole.name, kind, split, from, values, writes);
                if (filled) {
                    TensorBytes.of(values, 0, count * dtype.numBytes()).put(expected(piece));
                }
                pieces.add(piece);
            });
        }
    }

    static Dtype dtype(Kind kind) {
        return switch (kind) {
            case WEIGHT -> Dtype.BF16;
            case REMAINDER -> Dtype.I16;
            case EXP_AVG, EXP_AVG_SQ, SENSITIVITY, UNCERTAINTY -> Dtype.F32;
        };
    }

    /** The bytes that a piece has to hold, found by counting through the whole tensor. */
    static byte[] expected(StatePiece piece) {
        TensorSplit split = piece.split();
        long[] shape = split.wholeShape();
        int size = dtype(piece.kind()).numBytes();
        ByteBuffer bytes = ByteBuffer.allocate((int) piece.values().numel() * size);
        long inPart = 0;
        long all = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        for (long element = 0; element < all; element++) {
            long behind = 1;
            for (int d = shape.length - 1; d > split.dim(); d--) {
                behind *= shape[d];
            }
            long index = shape.length == 0 ? 0 : element / behind % shape[split.dim()];
            if (index < split.from() || index >= split.from() + split.length()) {
                continue;
            }
            if (inPart >= piece.from() && bytes.hasRemaining()) {
                long hash = ((piece.name() + piece.kind()).hashCode() * 31L + element) * SALT;
                bytes.put(ByteBuffer.allocate(Long.BYTES).putLong(hash).array(), 0, size);
            }
            inPart++;
        }
        assertFull(bytes);
        return bytes.array();
    }

    private static void assertFull(ByteBuffer bytes) {
        if (bytes.hasRemaining()) {
            throw new AssertionError("the piece is longer than its part");
        }
    }

    /** The bytes that a piece holds. */
    static byte[] actual(StatePiece piece) {
        byte[] bytes = new byte[(int) piece.values().nbytes()];
        TensorBytes.of(piece.values(), 0, bytes.length).get(bytes);
        return bytes;
    }

    @Override
    public List<StatePiece> pieces() {
        return pieces;
    }

    @Override
    public void restored() {}

    @Override
    public void close() {
        kept.close();
    }
}
