package dev.packtrain.kernels;

/**
 * Memory that several processes of one host share. It is an anonymous file: it has no name in any directory, so nothing
 * is left behind, however the processes end. Another process of the same user opens it through {@link #path}.
 */
public final class SharedMemory implements AutoCloseable {
    /** A counter takes this many bytes, and is aligned to them: a cache line. */
    public static final int COUNTER_BYTES = 64;

    // Reserving asks for the pages at once: what a mistake in the size asks for would be taken from every process of
    // the host.
    private static final long MOST_BYTES = 1L << 30;

    private final long bytes;
    private final int descriptor;
    private long address;
    private boolean open = true;

    private SharedMemory(int descriptor, long bytes) {
        this.descriptor = descriptor;
        this.bytes = bytes;
        this.address = CollectiveCalls.map(descriptor, bytes);
        if (address == 0) {
            CollectiveCalls.closeFile(descriptor);
            throw new SharedMemoryException("the memory cannot be mapped");
        }
    }

    /** Why memory could not be shared. */
    public static final class SharedMemoryException extends RuntimeException {
        SharedMemoryException(String message) {
            super(message);
        }
    }

    /**
     * New memory, all zeros, whose pages are reserved.
     *
     * @param bytes at most 1 GiB
     * @throws SharedMemoryException if the host cannot give it
     * @throws KernelUnavailableException if the library cannot be loaded
     */
    public static SharedMemory create(long bytes) {
        NativeLibrary.require();
        if (bytes < 1 || bytes > MOST_BYTES) {
            throw new SharedMemoryException(bytes + " bytes cannot be shared: the most is " + MOST_BYTES);
        }
        return new SharedMemory(require(CollectiveCalls.createFile(bytes), bytes + " bytes cannot be reserved"), bytes);
    }

    /**
     * Another process's.
     *
     * @param path as {@link #path} gave it there
     * @param bytes its size
     * @throws SharedMemoryException if there is no such memory that this process may open
     */
    public static SharedMemory open(String path, long bytes) {
        NativeLibrary.require();
        return new SharedMemory(require(CollectiveCalls.openFile(path, bytes), path + " cannot be opened"), bytes);
    }

    private static int require(int descriptor, String otherwise) {
        if (descriptor < 0) {
            throw new SharedMemoryException(otherwise + " (errno " + -descriptor + ")");
        }
        return descriptor;
    }

    /** Where another process of this host opens it, until {@link #seal}. */
    public String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor;
    }

    /** Nobody can open it any more; who has opened it keeps it. Repeating does nothing. */
    public void seal() {
        if (open) {
            open = false;
            CollectiveCalls.closeFile(descriptor);
        }
    }

    /** Address of the first byte in this process. */
    public long address() {
        return address;
    }

    /** Size. */
    public long bytes() {
        return bytes;
    }

    /**
     * Sets a counter, after all that this thread has written before, and wakes who waits for it.
     *
     * @param offset of the counter
     * @param value larger than before, modulo 2³²
     */
    public void publish(long offset, int value) {
        CollectiveCalls.publish(counter(offset), value);
    }

    /**
     * Waits until a counter is {@code wanted} or more; then what its writer wrote before can be read.
     *
     * @param timeoutMillis 0 or more
     * @return false if the time passed first
     */
    public boolean await(long offset, int wanted, long timeoutMillis) {
        return CollectiveCalls.await(counter(offset), wanted, timeoutMillis);
    }

    /** Writes 8 bytes of a counter's cache line, or of another; not seen by others before a {@link #publish}. */
    public void putLong(long offset, long value) {
        CollectiveCalls.putLong(counter(offset), value);
    }

    /** Reads 8 bytes. */
    public long getLong(long offset) {
        return CollectiveCalls.getLong(counter(offset));
    }

    private long counter(long offset) {
        if (address == 0 || offset < 0 || offset % COUNTER_BYTES != 0 || offset + COUNTER_BYTES > bytes) {
            throw new IllegalArgumentException("no cache line at " + offset + " of " + bytes + " bytes");
        }
        return address + offset;
    }

    /** Copies between native memory, here or shared; the ranges do not overlap. */
    public static void copy(long from, long to, long bytes) {
        Ranges.check("bytes to copy", from, bytes);
        Ranges.check("copied bytes", to, bytes);
        CollectiveCalls.copy(from, to, bytes);
    }

    /** Lets go of it; the memory is freed when every process has. Closing twice does nothing. */
    @Override
    public void close() {
        seal();
        if (address != 0) {
            CollectiveCalls.unmap(address, bytes);
            address = 0;
        }
    }
}
