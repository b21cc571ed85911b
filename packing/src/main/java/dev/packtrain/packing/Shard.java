package dev.packtrain.packing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One shard, open for reading rows in any order. Holds the file and one record batch, the last that was asked for. Not
 * for several threads.
 *
 * <p>Checks the format, not the checksum: {@link PackedDataset} does that, knowing the manifest.
 */
public final class Shard implements AutoCloseable {
    private static final int NONE = -1;

    private final String file;
    private final RootAllocator allocator;
    private final ArrowFileReader reader;
    private final List<ArrowBlock> batches;
    private final VectorSchemaRoot batch;
    private final int maxLength;
    private final ExampleKind kind;
    private final int numPacks;
    private int loaded = NONE;
    private boolean closed;

    private Shard(String file, RootAllocator allocator, ArrowFileReader reader) throws IOException {
        this.file = file;
        this.allocator = allocator;
        this.reader = reader;
        this.batch = reader.getVectorSchemaRoot();
        this.maxLength = checkedMaxLength(file, batch.getSchema());
        this.kind = ShardFormat.kindOf(batch.getSchema());
        this.batches = reader.getRecordBlocks();
        allocator.setLimit(ShardFormat.memoryLimit(maxLength));
        this.numPacks = countPacks();
    }

    /**
     * Opens a shard.
     *
     * @throws BadInputException if there is no such file, it is no shard of a format version that this code reads, or is damaged
     */
    public static Shard open(Path file) throws IOException {
        return open(openFile(file), file.toString());
    }

    /**
     * Opens a shard on any file system; closing it closes the channel.
     *
     * @param name what to call it in messages
     * @throws BadInputException if it is no shard of a format version that this code reads, or is damaged
     */
    public static Shard open(SeekableByteChannel channel, String name) throws IOException {
        RootAllocator allocator = new RootAllocator(ShardFormat.memoryLimit(1));
        ArrowFileReader reader = new ArrowFileReader(channel, allocator);
        try {
            return new Shard(name, allocator, reader);
        } catch (BadInputException failure) {
            release(reader, allocator);
            throw failure;
        } catch (IOException | RuntimeException failure) {
            release(reader, allocator);
            throw damaged(name, failure);
        }
    }

    private static FileChannel openFile(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException missing) {
            throw new BadInputException(
                    "shard %s does not exist; give a file below shards/ of what packtrain prepare wrote"
                            .formatted(file),
                    missing);
        }
    }

    /** Slots of every row. */
    public int maxLength() {
        return maxLength;
    }

    /** What the documents are. */
    public ExampleKind kind() {
        return kind;
    }

    /** Number of rows. */
    public int numPacks() {
        return numPacks;
    }

    /**
     * A row, copied out of the file.
     *
     * @param row from 0 to {@link #numPacks()} − 1
     */
    public PackedSequence get(int row) throws IOException {
        if (closed) {
            throw new IllegalStateException("shard %s is closed".formatted(file));
        }
        if (row < 0 || row >= numPacks) {
            throw new IndexOutOfBoundsException("row %d of shard %s, which has %d".formatted(row, file, numPacks));
        }
        try {
            load(row / ShardFormat.PACKS_PER_BATCH);
            return RecordBatchColumns.row(batch, row % ShardFormat.PACKS_PER_BATCH);
        } catch (IOException | RuntimeException failure) {
            throw damaged(file, failure);
        }
    }

    private int countPacks() throws IOException {
        if (batches.isEmpty()) {
            return 0;
        }
        int full = (batches.size() - 1) * ShardFormat.PACKS_PER_BATCH;
        load(batches.size() - 1);
        return full + batch.getRowCount();
    }

    private void load(int wanted) throws IOException {
        if (loaded == wanted) {
            return;
        }
        loaded = NONE;
        batch.clear();
        reader.loadRecordBatch(batches.get(wanted));
        int rows = batch.getRowCount();
        boolean last = wanted == batches.size() - 1;
        if (last ? rows < 1 || rows > ShardFormat.PACKS_PER_BATCH : rows != ShardFormat.PACKS_PER_BATCH) {
            throw new IOException("record batch %d has %d rows".formatted(wanted, rows));
        }
        loaded = wanted;
    }

    private static int checkedMaxLength(String file, Schema schema) {
        Map<String, String> metadata = schema.getCustomMetadata();
        String version = metadata.get(ShardFormat.VERSION_KEY);
        if (version == null) {
            throw new BadInputException(
                    "%s is an Arrow file but no Packtrain shard (its schema has no %s); give a shard that packtrain prepare wrote"
                            .formatted(file, ShardFormat.VERSION_KEY));
        }
        if (!version.equals(Integer.toString(ShardFormat.VERSION))) {
            throw new BadInputException(
                    "shard %s has format version %s, but this Packtrain reads version %d; prepare the data again with this Packtrain"
                            .formatted(file, version, ShardFormat.VERSION));
        }
        int maxLength = listSize(schema);
        ExampleKind kind = ShardFormat.kindOf(schema);
        // The metadata map reads back in another order; a schema compares it as a map, so that does not matter.
        if (maxLength < 1 || !schema.equals(ShardFormat.schema(maxLength, kind))) {
            throw new BadInputException(
                    "shard %s does not have the columns of format version %d: got %s, wanted %s; prepare the data again"
                            .formatted(
                                    file,
                                    ShardFormat.VERSION,
                                    schema,
                                    ShardFormat.schema(Math.max(1, maxLength), kind)));
        }
        return maxLength;
    }

    private static int listSize(Schema schema) {
        List<Field> fields = schema.getFields();
        return !fields.isEmpty() && fields.get(0).getType() instanceof ArrowType.FixedSizeList list
                ? list.getListSize()
                : 0;
    }

    private static BadInputException damaged(String file, Exception cause) {
        return new BadInputException(
                "%s is not a readable Arrow file (%s); restore it, or prepare the data again"
                        .formatted(file, cause.getMessage()),
                cause);
    }

    /** Frees file and memory. Throws {@link IllegalStateException} if Arrow memory has leaked. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            release(reader, allocator);
        }
    }

    private static void release(ArrowFileReader reader, RootAllocator allocator) throws IOException {
        try {
            reader.close();
        } finally {
            allocator.close();
        }
    }
}
