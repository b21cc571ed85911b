package dev.packtrain.training.collectives;

import static dev.packtrain.kernels.SharedMemory.copy;

import dev.packtrain.kernels.RankReduction;
import dev.packtrain.kernels.RankReduction.Operation;
import org.bytedeco.pytorch.Tensor;

/** Ranks of one host, tensors on the CPU: through memory that they share. */
final class SharedMemoryTransport implements Transport {
    // Up to here every rank reads the whole of all the others: one turn instead of two.
    private static final long SMALL_BYTES = 32 << 10;

    private final SharedWindows windows;
    private final int rank;
    private final int size;
    private final RankReduction reduction = RankReduction.forThisMachine();

    /**
     * For one rank.
     *
     * @param windows closed together with the transport
     * @param rank this process's place in the group
     * @param size of the group
     */
    SharedMemoryTransport(SharedWindows windows, int rank, int size) {
        this.windows = windows;
        this.rank = rank;
        this.size = size;
    }

    @Override
    public long allReduce(Running call, Tensor tensor, Operation operation) {
        Flat flat = Flat.of(tensor);
        FlatReduction reduce = FlatReduction.of(reduction, operation, tensor, tensor);
        long bytes = flat.bytes();
        if (bytes <= Math.min(SMALL_BYTES, windows.windowBytes())) {
            return allReduceSmall(call, flat, reduce);
        }
        long part = (flat.elements() + size - 1) / size;
        reduceParts(call, flat, part, flat, reduce);
        gatherParts(call, flat, part);
        return 2 * bytes * (size - 1) / size;
    }

    private long allReduceSmall(Running call, Flat flat, FlatReduction reduce) {
        long bytes = flat.bytes();
        copy(flat.address(), windows.open(call), bytes);
        windows.publish();
        long[] sources = new long[size];
        for (int r = 0; r < size; r++) {
            sources[r] = r == rank ? flat.address() : windows.of(call, r);
        }
        reduce.apply(sources, flat.address(), flat.elements());
        windows.finish();
        return bytes * (size - 1);
    }

    @Override
    public long reduceScatter(Running call, Tensor input, Tensor output) {
        Flat from = Flat.of(input);
        Flat to = Flat.of(output);
        FlatReduction sum = FlatReduction.of(reduction, Operation.SUM, input, output);
        long part = to.elements();
        Flat here = to.asPartOf(from, rank);
        reduceParts(call, from, part, here, sum);
        return from.bytes() * (size - 1) / size;
    }

    private void reduceParts(Running call, Flat flat, long part, Flat into, FlatReduction reduce) {
        long chunk = room() / flat.elementBytes();
        long numChunks = chunks(part, chunk);
        // A turn ahead, so that a rank that is a little late holds up nobody.
        writeParts(call, flat, part, 0, chunk);
        for (long c = 0; c < numChunks; c++) {
            if (c + 1 < numChunks) {
                writeParts(call, flat, part, (c + 1) * chunk, chunk);
            }
            reducePart(call, flat, part, c * chunk, chunk, into, reduce);
        }
    }

    private void gatherParts(Running call, Flat whole, long part) {
        long chunk = windows.windowBytes() / whole.elementBytes();
        long numChunks = chunks(part, chunk);
        writeOwn(call, whole, part, 0, chunk);
        for (long c = 0; c < numChunks; c++) {
            if (c + 1 < numChunks) {
                writeOwn(call, whole, part, (c + 1) * chunk, chunk);
            }
            readParts(call, whole, part, c * chunk, chunk);
        }
    }

    private void writeOwn(Running call, Flat whole, long part, long offset, long chunk) {
        Flat.Span mine = whole.span(part, rank, offset, chunk);
        copy(whole.at(mine.from()), windows.open(call), mine.elements() * whole.elementBytes());
        windows.publish();
    }

    /** Room in a window for what one peer gets. */
    private long room() {
        return windows.windowBytes() / (size - 1) / 64 * 64;
    }

    /** At least one: ranks with nothing to say still meet. */
    private static long chunks(long elements, long chunk) {
        return Math.max(1, (elements + chunk - 1) / chunk);
    }

    /** Where in a window rank {@code of} writes what is for rank {@code for}. */
    private long slot(int of, int reader) {
        return (reader < of ? reader : reader - 1) * room();
    }

    private void writeParts(Running call, Flat flat, long part, long offset, long chunk) {
        long window = windows.open(call);
        for (int i = 1; i < size; i++) {
            int reader = (rank + i) % size;
            Flat.Span span = flat.span(part, reader, offset, chunk);
            copy(flat.at(span.from()), window + slot(rank, reader), span.elements() * flat.elementBytes());
        }
        windows.publish();
    }

    private void reducePart(
            Running call, Flat flat, long part, long offset, long chunk, Flat into, FlatReduction reduce) {
        Flat.Span mine = flat.span(part, rank, offset, chunk);
        long[] sources = new long[size];
        for (int r = 0; r < size; r++) {
            sources[r] = r == rank ? flat.at(mine.from()) : windows.of(call, r) + slot(r, rank);
        }
        reduce.apply(sources, into.at(mine.from()), mine.elements());
        windows.finish();
    }

    private void readParts(Running call, Flat flat, long part, long offset, long chunk) {
        for (int i = 1; i < size; i++) {
            int writer = (rank + i) % size;
            Flat.Span span = flat.span(part, writer, offset, chunk);
            copy(windows.of(call, writer), flat.at(span.from()), span.elements() * flat.elementBytes());
        }
        windows.finish();
    }

    @Override
    public long allGather(Running call, Tensor input, Tensor output) {
        Flat to = Flat.bytesOf(output);
        long part = to.bytes() / size;
        long from = Flat.of(input).address();
        if (from != to.at(rank * part)) {
            copy(from, to.at(rank * part), part);
        }
        gatherParts(call, to, part);
        return part * (size - 1);
    }

    @Override
    public long broadcast(Running call, Tensor tensor, int root) {
        long bytes = Flat.of(tensor).bytes();
        long address = Flat.of(tensor).address();
        long chunk = windows.windowBytes();
        for (long c = 0; c < chunks(bytes, chunk); c++) {
            long window = windows.open(call);
            long length = Math.min(chunk, bytes - c * chunk);
            if (rank == root) {
                copy(address + c * chunk, window, length);
            }
            windows.publish();
            if (rank != root) {
                copy(windows.of(call, root), address + c * chunk, length);
            }
            windows.finish();
        }
        return rank == root ? bytes * (size - 1) : 0;
    }

    @Override
    public long barrier(Running call) {
        windows.open(call);
        windows.publish();
        for (int r = 0; r < size; r++) {
            if (r != rank) {
                windows.of(call, r);
            }
        }
        windows.finish();
        return 0;
    }

    @Override
    public void interrupt() {
        // Every wait looks at the call ten times a second.
    }

    @Override
    public String describe() {
        return "shared memory";
    }

    @Override
    public void close() {
        windows.close();
    }
}
