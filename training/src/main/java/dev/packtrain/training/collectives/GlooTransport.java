package dev.packtrain.training.collectives;

import dev.packtrain.kernels.RankReduction;
import dev.packtrain.kernels.RankReduction.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Ranks on several hosts, tensors on the CPU: over TCP, every rank directly with every other. What is to be summed comes in
 * chunks, two of each rank at a time, and is added in the order of the ranks.
 */
final class GlooTransport implements Transport {
    // Up to here every rank sends the whole to all others: one message's latency instead of two.
    private static final long SMALL_BYTES = 32 << 10;
    private static final long CHUNK_BYTES = 1 << 20;

    private final GlooLinks links;
    private final int rank;
    private final int size;
    private final String reason;
    private final RankReduction reduction = RankReduction.forThisMachine();

    /**
     * For one rank.
     *
     * @param links closed together with the transport
     * @param rank this process's place in the group
     * @param size of the group
     * @param reason why they do not share memory, for people
     */
    GlooTransport(GlooLinks links, int rank, int size, String reason) {
        this.links = links;
        this.rank = rank;
        this.size = size;
        this.reason = reason;
    }

    private long call(LongSupplier body) {
        try {
            return body.getAsLong();
        } finally {
            links.forget();
        }
    }

    private static Tensor bytes(Tensor tensor) {
        return tensor.detach().view(-1).view(ScalarType.Byte);
    }

    private static Tensor scratch(long bytes) {
        return torch.empty(new long[] {bytes}, new TensorOptions(ScalarType.Byte), new MemoryFormatOptional());
    }

    private void await(Running call, List<Work> works) {
        works.forEach(work -> links.await(call, work));
        works.clear();
    }

    @Override
    public long allReduce(Running call, Tensor tensor, Operation operation) {
        return call(() -> {
            Flat flat = Flat.of(tensor);
            FlatReduction reduce = FlatReduction.of(reduction, operation, tensor, tensor);
            if (flat.bytes() <= SMALL_BYTES) {
                return allReduceSmall(call, tensor, flat, reduce);
            }
            long part = (flat.elements() + size - 1) / size;
            reduceParts(call, tensor, part, flat, reduce);
            gather(call, bytes(tensor), part * flat.elementBytes());
            return 2 * flat.bytes() * (size - 1) / size;
        });
    }

    private long allReduceSmall(Running call, Tensor tensor, Flat flat, FlatReduction reduce) {
        Tensor mine = bytes(tensor);
        Tensor others = scratch(size * flat.bytes());
        List<Work> works = new ArrayList<>();
        long[] sources = new long[size];
        for (int r = 0; r < size; r++) {
            sources[r] = r == rank ? flat.address() : Flat.of(others).at(r * flat.bytes());
            if (r != rank && flat.elements() > 0) {
                works.add(links.receive(call, others.narrow(0, r * flat.bytes(), flat.bytes()), r));
                works.add(links.send(call, mine, r));
            }
        }
        await(call, works);
        reduce.apply(sources, flat.address(), flat.elements());
        return flat.bytes() * (size - 1);
    }

    @Override
    public long reduceScatter(Running call, Tensor input, Tensor output) {
        return call(() -> {
            Flat from = Flat.of(input);
            Flat to = Flat.of(output);
            long part = to.elements();
            FlatReduction sum = FlatReduction.of(reduction, Operation.SUM, input, output);
            Flat here = to.asPartOf(from, rank);
            reduceParts(call, input, part, here, sum);
            return from.bytes() * (size - 1) / size;
        });
    }

    /** A chunk on its way: what comes from whom, and what goes. */
    private record Chunk(List<Work> incoming, List<Work> outgoing) {}

    private void reduceParts(Running call, Tensor tensor, long part, Flat into, FlatReduction reduce) {
        Flat flat = Flat.of(tensor);
        long chunk = CHUNK_BYTES / flat.elementBytes();
        Tensor whole = bytes(tensor);
        Tensor[] scratch = {scratch(size * CHUNK_BYTES), scratch(size * CHUNK_BYTES)};
        List<Chunk> under = new ArrayList<>();
        for (long offset = 0; offset < part + chunk; offset += chunk) {
            if (offset < part) {
                under.add(begin(call, whole, flat, part, offset, scratch[under.size() & 1]));
            }
            if (offset > 0) {
                int c = (int) (offset / chunk) - 1;
                Chunk due = under.set(c, null);
                await(call, due.incoming());
                Flat.Span mine = flat.span(part, rank, offset - chunk, chunk);
                long[] sources = new long[size];
                for (int r = 0; r < size; r++) {
                    sources[r] = r == rank
                            ? flat.at(mine.from())
                            : Flat.of(scratch[c & 1]).at(r * CHUNK_BYTES);
                }
                reduce.apply(sources, into.at(mine.from()), mine.elements());
                await(call, due.outgoing());
            }
        }
    }

    private Chunk begin(Running call, Tensor whole, Flat flat, long part, long offset, Tensor scratch) {
        long chunk = CHUNK_BYTES / flat.elementBytes();
        Chunk chunkOfAll = new Chunk(new ArrayList<>(), new ArrayList<>());
        long mine = flat.span(part, rank, offset, chunk).elements() * flat.elementBytes();
        for (int i = 1; i < size; i++) {
            int from = (rank + size - i) % size;
            int to = (rank + i) % size;
            Flat.Span theirs = flat.span(part, to, offset, chunk);
            if (mine > 0) {
                chunkOfAll.incoming().add(links.receive(call, scratch.narrow(0, from * CHUNK_BYTES, mine), from));
            }
            if (theirs.elements() > 0) {
                long at = theirs.from() * flat.elementBytes();
                Tensor slice = whole.narrow(0, at, theirs.elements() * flat.elementBytes());
                chunkOfAll.outgoing().add(links.send(call, slice, to));
            }
        }
        return chunkOfAll;
    }

    @Override
    public long allGather(Running call, Tensor input, Tensor output) {
        return call(() -> {
            Flat from = Flat.bytesOf(input);
            Flat to = Flat.bytesOf(output);
            if (from.address() != to.at(rank * from.bytes())) {
                bytes(output).narrow(0, rank * from.bytes(), from.bytes()).copy_(bytes(input));
            }
            gather(call, bytes(output), from.bytes());
            return from.bytes() * (size - 1);
        });
    }

    /** Every rank's part of {@code whole} to all others; the last parts may be shorter, or empty. */
    private void gather(Running call, Tensor whole, long part) {
        Flat flat = Flat.of(whole);
        Flat.Span mine = flat.span(part, rank, 0, part);
        List<Work> works = new ArrayList<>();
        for (int i = 1; i < size; i++) {
            int from = (rank + size - i) % size;
            Flat.Span theirs = flat.span(part, from, 0, part);
            if (theirs.elements() > 0) {
                works.add(links.receive(call, whole.narrow(0, theirs.from(), theirs.elements()), from));
            }
            if (mine.elements() > 0) {
                works.add(links.send(call, whole.narrow(0, mine.from(), mine.elements()), (rank + i) % size));
            }
        }
        await(call, works);
    }

    /** Along a binomial tree: a rank that has the data hands it to ranks at half the distance each time. */
    @Override
    public long broadcast(Running call, Tensor tensor, int root) {
        return call(() -> {
            Tensor bytes = bytes(tensor);
            int place = (rank + size - root) % size;
            int distance = Integer.highestOneBit(Math.max(1, size - 1)) << 1;
            if (place > 0) {
                distance = Integer.lowestOneBit(place);
                if (bytes.numel() > 0) {
                    links.await(call, links.receive(call, bytes, (place - distance + root) % size));
                }
            }
            long sent = 0;
            List<Work> works = new ArrayList<>();
            for (int step = distance >> 1; step > 0; step >>= 1) {
                if (place + step < size && bytes.numel() > 0) {
                    works.add(links.send(call, bytes, (place + step + root) % size));
                    sent += bytes.numel();
                }
            }
            await(call, works);
            return sent;
        });
    }

    /** By dissemination: after round i a rank has heard, directly or not, of the 2^(i+1) before it. */
    @Override
    public long barrier(Running call) {
        return call(() -> {
            Tensor out = scratch(1);
            Tensor in = scratch(1);
            for (int distance = 1; distance < size; distance <<= 1) {
                Work receive = links.receive(call, in, (rank + size - distance) % size);
                Work send = links.send(call, out, (rank + distance) % size);
                links.await(call, receive);
                links.await(call, send);
            }
            return 0;
        });
    }

    @Override
    public void interrupt() {
        links.interrupt();
    }

    @Override
    public String describe() {
        return reason.isEmpty() ? "TCP" : "TCP, because " + reason;
    }

    @Override
    public void close() {
        links.close();
    }
}
