package dev.packtrain.training.collectives;

import dev.packtrain.kernels.SharedMemory;

/**
 * Memory of the ranks of one host in which each has two windows. Data moves in <em>turns</em>, numbered through the life
 * of the group: in a turn every rank writes one window and reads those of others. A rank writes turn t into window t mod 2
 * when all have read turn t−2; so a rank is at most one turn ahead of the slowest.
 *
 * <p>Layout: for each rank a counter of turns written and one of turns read, then for each rank and window the signature
 * of the call that the turn belongs to, a number by which the ranks know the memory again, and the windows.
 */
final class SharedWindows implements AutoCloseable {
    private static final long LOOK_MILLIS = 100;
    private static final long PAGE = 4096;
    private static final int LINE = SharedMemory.COUNTER_BYTES;

    private final SharedMemory memory;
    private final int rank;
    private final int size;
    private final long windowBytes;
    private int written;
    private int read;

    /**
     * For one rank.
     *
     * @param memory {@link #bytes} long; closed together with the windows
     * @param rank this process's place in the group
     * @param size of the group
     * @param windowBytes a multiple of 64
     */
    SharedWindows(SharedMemory memory, int rank, int size, long windowBytes) {
        this.memory = memory;
        this.rank = rank;
        this.size = size;
        this.windowBytes = windowBytes;
    }

    /** Bytes that a group needs. */
    static long bytes(int size, long windowBytes) {
        return header(size) + 2L * size * windowBytes;
    }

    private static long header(int size) {
        return (token(size) + LINE + PAGE - 1) / PAGE * PAGE;
    }

    /** Where the number is by which the ranks know the memory again. */
    static long token(int size) {
        return 4L * size * LINE;
    }

    long windowBytes() {
        return windowBytes;
    }

    private long writtenCounter(int of) {
        return 2L * of * LINE;
    }

    private long readCounter(int of) {
        return (2L * of + 1) * LINE;
    }

    private long signature(int of, int turn) {
        return (2L * size + 2L * of + (turn & 1)) * LINE;
    }

    private long window(int of, int turn) {
        return memory.address() + header(size) + (2L * of + (turn & 1)) * windowBytes;
    }

    /** Begins to write the next turn: the address of this rank's window, once everybody has read what was in it. */
    long open(Running call) {
        int turn = written + 1;
        for (int r = 0; r < size; r++) {
            if (r != rank) {
                await(call, readCounter(r), turn - 2);
            }
        }
        memory.putLong(signature(rank, turn), call.call().signature());
        return window(rank, turn);
    }

    /** The turn that {@link #open} began is written. */
    void publish() {
        written++;
        memory.publish(writtenCounter(rank), written);
    }

    /** What rank {@code of} wrote in the turn that is read now: the address of its window, once it is there. */
    long of(Running call, int of) {
        int turn = read + 1;
        await(call, writtenCounter(of), turn);
        if (memory.getLong(signature(of, turn)) != call.call().signature()) {
            awaitVerdict(call);
        }
        return window(of, turn);
    }

    /** This rank has read what it wanted of the turn. */
    void finish() {
        read++;
        memory.publish(readCounter(rank), read);
    }

    private void await(Running call, long counter, int wanted) {
        while (!memory.await(counter, wanted, LOOK_MILLIS)) {
            call.check();
        }
    }

    /** The peer has called something else. The watch sees that too, and knows what. */
    private static void awaitVerdict(Running call) {
        while (true) {
            call.check();
            try {
                Thread.sleep(LOOK_MILLIS / 5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a collective runs", e);
            }
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
