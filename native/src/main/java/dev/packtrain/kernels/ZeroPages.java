package dev.packtrain.kernels;

/**
 * Memory of zeros of which only those pages take memory of the machine that were written, until {@link #trim} finds them
 * zero again. For buffers of which large parts are never written. Reading takes none.
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

    /** Makes everything zero, on the kernels' threads; pages that were written are kept, for the next to write there. */
    public void clear() {
        ZeroPageCalls.clear(address, bytes);
    }

    /** Gives pages back that were written and hold nothing but zeros; changes no value. Reads all of the memory. */
    public void trim() {
        int errno = ZeroPageCalls.releaseZeros(address, bytes);
        if (errno != 0) {
            throw new IllegalStateException("the system does not take back pages of " + bytes + " bytes (errno " + errno
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
