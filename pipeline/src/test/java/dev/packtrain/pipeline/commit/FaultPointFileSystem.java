package dev.packtrain.pipeline.commit;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system under {@code faultpoint://}, one of whose operations fails: the k-th since {@link #arm} of those
 * that the fault is about, each write to a stream and its closing included.
 */
public final class FaultPointFileSystem extends RawLocalFileSystem {
    static final String SCHEME = "faultpoint";

    /** What happens at the k-th operation. */
    enum Fault {
        /** It fails, once. A write puts half of its bytes. */
        IO_ERROR,
        /** It and everything after it fail: the process is gone. A write puts half of its bytes. */
        CRASH,
        /** From then on nothing can be created or written. */
        NO_SPACE,
        /** From then on nothing can be changed. */
        READ_ONLY,
        /** If it is a rename, it says that it is done, and is not. */
        LOST_RENAME
    }

    private enum Operation {
        READ,
        CREATE,
        CHANGE,
        RENAME
    }

    private Fault fault;
    private int failing;
    private int count;
    private int depth;
    private URI uri;

    /** Counts from now on. */
    synchronized void arm(Fault kind, int operation) {
        fault = kind;
        failing = operation;
        count = 0;
    }

    /** Nothing fails any more; returns whether the operation was reached. */
    synchronized boolean disarm() {
        fault = null;
        return count >= failing;
    }

    @Override
    public void initialize(URI name, Configuration conf) throws IOException {
        super.initialize(name, conf);
        uri = URI.create(SCHEME + "://" + name.getAuthority());
    }

    @Override
    public URI getUri() {
        return uri == null ? URI.create(SCHEME + "://none") : uri;
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    protected void checkPath(Path path) {
        // Paths of the local file system are wanted here too.
    }

    @FunctionalInterface
    private interface Call<T> {
        T run() throws IOException;
    }

    /** Operations that this class calls on itself are part of the one that was called from outside. */
    private synchronized <T> T operation(Operation kind, String what, Call<T> call) throws IOException {
        depth++;
        try {
            if (depth == 1 && fails(kind)) {
                throw new IOException("injected: %s at operation %d, %s".formatted(fault, count, what));
            }
            return call.run();
        } finally {
            depth--;
        }
    }

    private boolean fails(Operation kind) {
        if (fault == null) {
            return false;
        }
        // Only what the fault is about counts: a crash at a read leaves what one at the next change leaves.
        boolean counts =
                switch (fault) {
                    case IO_ERROR -> true;
                    case CRASH, READ_ONLY -> kind != Operation.READ;
                    case NO_SPACE -> kind == Operation.CREATE;
                    case LOST_RENAME -> kind == Operation.RENAME;
                };
        count += counts ? 1 : 0;
        return switch (fault) {
            case IO_ERROR -> count == failing;
            case CRASH -> count >= failing;
            case NO_SPACE, READ_ONLY -> counts && count >= failing;
            case LOST_RENAME -> false;
        };
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        OutputStream out = operation(
                Operation.CREATE,
                "create " + path,
                () -> super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
        return new FSDataOutputStream(new TornStream(out), null);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        return operation(Operation.CREATE, "mkdirs " + path, () -> super.mkdirs(path));
    }

    @Override
    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        return operation(Operation.CREATE, "mkdirs " + path, () -> super.mkdirs(path, permission));
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        return operation(
                Operation.RENAME,
                "rename " + from + " to " + to,
                () -> (fault == Fault.LOST_RENAME && count == failing) || super.rename(from, to));
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        return operation(Operation.CHANGE, "delete " + path, () -> super.delete(path, recursive));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        return operation(Operation.READ, "list " + path, () -> super.listStatus(path));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return operation(Operation.READ, "stat " + path, () -> super.getFileStatus(path));
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
        return operation(Operation.READ, "open " + path, () -> super.open(path, bufferSize));
    }

    /** The local file system starts a process for each, and nothing here depends on permissions. */
    @Override
    public void setPermission(Path path, FsPermission permission) {}

    private final class TornStream extends FilterOutputStream {
        TornStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                operation(Operation.CREATE, "write", () -> {
                    out.write(bytes, offset, length);
                    return null;
                });
            } catch (IOException torn) {
                out.write(bytes, offset, length / 2);
                throw torn;
            }
        }

        @Override
        public void flush() throws IOException {
            operation(Operation.CREATE, "sync", () -> {
                out.flush();
                return null;
            });
        }

        @Override
        public void close() throws IOException {
            out.close();
            operation(Operation.CREATE, "close", () -> null);
        }
    }
}
