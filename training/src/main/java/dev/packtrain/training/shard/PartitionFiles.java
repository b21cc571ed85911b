package dev.packtrain.training.shard;

import dev.packtrain.training.shard.FlatLayout.Bucket;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A partition in files, one a bucket, which are mapped into memory only while they are used (ZeRO-Infinity, arXiv
 * 2104.07857). Between uses their pages are the system's: it writes them to disk as it sees fit, and they do not count as
 * this process's memory.
 */
final class PartitionFiles implements Partition {
    private final Path dir;
    private final String name;
    private final ScalarType dtype;

    /** Makes the files, of zeros. */
    PartitionFiles(Path dir, String name, FlatLayout layout, ScalarType dtype) {
        this.dir = dir;
        this.name = name;
        this.dtype = dtype;
        for (Bucket bucket : layout.buckets()) {
            try (RandomAccessFile created = new RandomAccessFile(file(bucket).toFile(), "rw")) {
                created.setLength(bucket.share() * torch.elementSize(dtype));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot make " + file(bucket), e);
            }
        }
    }

    private Path file(Bucket bucket) {
        return dir.resolve(name + "-" + bucket.index());
    }

    /** Mapped for as long as the tensor, or a view of it, lives. */
    @Override
    public Tensor of(Bucket bucket) {
        return torch.from_file(
                file(bucket).toString(),
                new BoolOptional(true),
                new LongOptional(bucket.share()),
                new TensorOptions(dtype));
    }

    @Override
    public long nbytes() {
        return 0;
    }

    @Override
    public void trim() {}

    /** The directory is whoever's who made it. */
    @Override
    public void close() {}
}
