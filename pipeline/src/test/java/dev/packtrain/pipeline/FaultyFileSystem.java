package dev.packtrain.pipeline;

import java.io.IOException;
import java.net.URI;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.TaskContext;

/**
 * The local file system under {@code faulty://}, on which the first attempt of every task that writes a shard fails
 * after some bytes; with the authority {@code always}, every attempt. With {@code twin} nothing fails, but every file of
 * a task gets a neighbour as a second attempt of the same task would leave it half written.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
    /** Failures so far, in this JVM. */
    static final AtomicInteger NUM_INJECTED = new AtomicInteger();

    private URI uri;

    @Override
    public void initialize(URI name, org.apache.hadoop.conf.Configuration conf) throws IOException {
        super.initialize(name, conf);
        uri = URI.create("faulty://" + name.getAuthority());
    }

    @Override
    public URI getUri() {
        return uri == null ? URI.create("faulty://once") : uri;
    }

    @Override
    protected void checkPath(Path path) {
        // Paths of the local file system are wanted here too.
    }

    @Override
    public String getScheme() {
        return "faulty";
    }

    @Override
    public FSDataOutputStream createNonRecursive(
            Path path,
            FsPermission permission,
            EnumSet<CreateFlag> flags,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        FSDataOutputStream out =
                super.createNonRecursive(path, permission, flags, bufferSize, replication, blockSize, progress);
        TaskContext task = TaskContext.get();
        boolean twin = "twin".equals(getUri().getAuthority());
        if (twin && task != null) {
            String name = path.getName().replaceFirst("-attempt-", "-attempt-1000");
            try (FSDataOutputStream other = super.createNonRecursive(
                    new Path(path.getParent(), name), permission, flags, bufferSize, replication, blockSize, null)) {
                other.write(new byte[] {1, 2, 3});
            }
            NUM_INJECTED.incrementAndGet();
        }
        boolean fails = task != null
                && !twin
                && path.getName().endsWith(".arrow")
                && (task.attemptNumber() == 0 || "always".equals(getUri().getAuthority()));
        if (fails) {
            out.write(new byte[] {1, 2, 3});
            out.close();
            NUM_INJECTED.incrementAndGet();
            throw new IOException("injected: the disk of attempt " + task.attemptNumber() + " failed");
        }
        return out;
    }
}
