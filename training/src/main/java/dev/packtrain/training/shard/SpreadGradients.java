package dev.packtrain.training.shard;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Gradients of which this rank keeps what it owns, summed in fp32: ZeRO's stages 2 and 3. A pass's own are there only while
 * the part runs backward, and until they are summed over the ranks.
 */
final class SpreadGradients implements PartGradients {
    private final FlatLayout layout;
    private final GradientSums reduction;
    private final TensorCopies copies;
    private final BufferPool pool;
    private final BackwardBuffer buffer;
    private final Partition sums;

    /**
     * Without gradients.
     *
     * @param sums fp32; closed with this
     * @param pool for buffers of single passes
     */
    SpreadGradients(FlatLayout layout, Partition sums, GradientSums reduction, TensorCopies copies, BufferPool pool) {
        this.layout = layout;
        this.sums = sums;
        this.reduction = reduction;
        this.copies = copies;
        this.pool = pool;
        this.buffer = new BackwardBuffer(layout, pool);
    }

    @Override
    public void begin() {
        buffer.bind();
    }

    @Override
    public void end(Pass pass) {
        TensorScope.run(() -> {
            Tensor flat = buffer.flat();
            copies.sum(layout, flat);
            BufferPool.Buffer passed = buffer.unbind();
            List<Bucket> buckets = layout.buckets();
            for (Bucket bucket : buckets) {
                boolean last = bucket.index() == buckets.size() - 1;
                // Collectives end in the order in which they start: after the last, nobody reads the buffer.
                reduction.startOfPass(bucket, flat, sums, pass, last ? () -> pool.giveBack(passed) : () -> {});
            }
        });
    }

    @Override
    public void abandon() {
        buffer.drop();
    }

    @Override
    public Partition sums() {
        return sums;
    }

    @Override
    public void clear() {}

    @Override
    public long nbytes() {
        return sums.nbytes();
    }

    @Override
    public void close() {
        buffer.drop();
        sums.close();
    }
}
