package dev.packtrain.kernels;

/**
 * Memory of zeros that can be made zero again. A page of it takes memory of the machine from the first write to it until
 * the next {@link #clear} or {@link #trim}; one that is only read takes none. For buffers of which only a part is written, or that are empty
 * most of the time.
 */
public final class ZeroPages implements AutoCloseable {
    private final long bytes;
    private long address;

    /**
     * New memory, at a page's start.
     *
     * @param bytes 1 or more
     * @throws OutOfMemoryError if the process may not have so many
     * @throws KernelUnavailableException if the library cannot be loaded
     */
    public ZeroPages(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(bytes + " bytes of memory; 1 or more are wanted");
        }
        NativeLibrary.require();
        this.bytes = bytes;
        this.address = ZeroPageCalls.map(bytes);
        if (address < 0) {
            throw new OutOfMemoryError(bytes + " bytes cannot be mapped (errno " + -address + ")");
        }
    }

    /** Address of the first byte. */
    public long address() {
        return address;
    }

    /** Makes everything zero and gives the pages back to the system. */
    public void clear() {
        require(ZeroPageCalls.release(address, bytes));
    }

    /** Gives pages back that were written and hold nothing but zeros; changes no value. Reads all of the memory. */
    public void trim() {
        require(ZeroPageCalls.releaseZeros(address, bytes));
    }

    private void require(int errno) {
        if (errno != 0) {
            throw new IllegalStateException("the system does not take back " + bytes + " bytes (errno " + errno
                    + "); memory of this process must not be locked");
        }
    }

    /** Frees it; nobody may hold the address any more. Closing twice does nothing. */
    @Override
    public void close() {
        if (address != 0) {
            ZeroPageCalls.unmap(address, bytes);
            address = 0;
        }
    }
}
