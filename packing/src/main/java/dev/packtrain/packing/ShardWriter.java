package dev.packtrain.packing;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;

/**
 * Writes packs as the rows of one shard and says what it wrote. The same packs in the same order give the same bytes.
 *
 * <p>Holds one record batch in memory. Not for several threads. The stream belongs to the caller, who closes it after
 * {@link #finish()}; a writer closed without {@code finish} leaves a stream that is no shard.
 */
public final class ShardWriter implements AutoCloseable {
    private final ExampleKind kind;
    private final HashingChannel channel;
    private final RootAllocator allocator;
    private final VectorSchemaRoot root;
    private final PackLayout layout;
    private final RecordBatchColumns columns;
    private final ArrowFileWriter arrow;
    private final List<Pack> pending = new ArrayList<>(ShardFormat.PACKS_PER_BATCH);

    private int rows;
    private long examples;
    private long tokens;
    private long labelTokens;
    private boolean finished;

    private ShardWriter(int maxLength, ExampleKind kind, HashingChannel channel, RootAllocator allocator) {
        this.kind = kind;
        this.channel = channel;
        this.allocator = allocator;
        this.root = VectorSchemaRoot.create(ShardFormat.schema(maxLength, kind), allocator);
        this.layout = new PackLayout(maxLength);
        this.columns = new RecordBatchColumns(root, layout);
        this.arrow = new ArrowFileWriter(root, new DictionaryProvider.MapDictionaryProvider(), channel);
    }

    /** Starts a shard of sequences, see {@link #open(OutputStream, int, ExampleKind)}. */
    public static ShardWriter open(OutputStream out, int maxLength) throws IOException {
        return open(out, maxLength, ExampleKind.SEQUENCE);
    }

    /**
     * Starts a shard at the stream's current position, which must be the start of the file.
     *
     * @param maxLength slots of a row, at least 1
     * @param kind what the documents are to be; a shard of preference examples has columns more
     */
    public static ShardWriter open(OutputStream out, int maxLength, ExampleKind kind) throws IOException {
        if (maxLength < 1) {
            throw new IllegalArgumentException("max_length is %d; wanted at least 1".formatted(maxLength));
        }
        RootAllocator allocator = new RootAllocator(ShardFormat.memoryLimit(maxLength));
        ShardWriter writer = new ShardWriter(maxLength, kind, new HashingChannel(out), allocator);
        try {
            writer.arrow.start();
            return writer;
        } catch (IOException | RuntimeException failure) {
            writer.close();
            throw failure;
        }
    }

    /**
     * Adds a pack as the next row.
     *
     * @throws IllegalArgumentException if the pack has more than {@code maxLength} tokens, or examples of another kind
     */
    public void write(Pack pack) throws IOException {
        requireOpen();
        if (pack.kind() != kind) {
            throw new IllegalArgumentException("this shard holds examples of kind %s; got a pack of kind %s"
                    .formatted(kind.key(), pack.kind().key()));
        }
        tokens += layout.requireFits(pack);
        pending.add(pack);
        rows++;
        examples += pack.examples().size();
        labelTokens += pack.numLabelTokens();
        if (pending.size() == ShardFormat.PACKS_PER_BATCH) {
            writeBatch();
        }
    }

    /** Writes what is left and Arrow's footer, flushes the stream (without closing it) and frees the memory. */
    public ShardSummary finish() throws IOException {
        requireOpen();
        if (!pending.isEmpty()) {
            writeBatch();
        }
        arrow.end();
        channel.flush();
        close();
        return new ShardSummary(rows, examples, tokens, labelTokens, channel.numBytes(), channel.sha256());
    }

    private void requireOpen() {
        if (finished) {
            throw new IllegalStateException("this shard is closed; open another writer for further packs");
        }
    }

    private void writeBatch() throws IOException {
        columns.fill(pending);
        arrow.writeBatch();
        pending.clear();
    }

    /** Frees the memory; writes nothing. Throws {@link IllegalStateException} if Arrow memory has leaked. */
    @Override
    public void close() {
        // ArrowFileWriter.close is not called: it would write a footer, and so make a shard of what was given up.
        if (!finished) {
            finished = true;
            root.close();
            allocator.close();
        }
    }
}
