package dev.packtrain.training.shard;

import dev.packtrain.training.device.ClearedTensor;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Gradients that every rank sums whole over the passes of a step, and over the ranks as soon as the part's last backward
 * pass ends: without ZeRO, and at its stage 1.
 *
 * <p>Where the sums have the dtype of the weights, the backward pass adds to them directly. bf16 gradients of several
 * passes are summed in fp32: then each pass has a bf16 buffer for as long as the part runs backward.
 */
final class WholeGradients implements PartGradients {
    private final FlatLayout layout;
    private final GradientSums reduction;
    private final TensorCopies copies;
    private final ClearedTensor sums;
    private final Optional<BackwardBuffer> buffer;
    private final Partition own;

    /**
     * Gradients of zero.
     *
     * @param sumDtype of the sums: fp32, or bf16 where a step is one backward pass of this rank
     * @param pool for buffers of single passes
     */
    WholeGradients(
            FlatLayout layout, ScalarType sumDtype, GradientSums reduction, TensorCopies copies, BufferPool pool) {
        this.layout = layout;
        this.copies = copies;
        this.reduction = reduction;
        boolean direct = sumDtype == layout.dtype();
        buffer = direct ? Optional.empty() : Optional.of(new BackwardBuffer(layout, pool));
        TensorFactory factory =
                TensorFactory.like(layout.slices().get(0).parameter().tensor());
        sums = ClearedTensor.zeros(factory, sumDtype, layout.paddedElements());
        if (direct) {
            layout.bindGradients(sums.tensor());
        }
        own = reduction.partitionOf(sums.tensor());
    }

    @Override
    public void begin() {
        buffer.ifPresent(BackwardBuffer::bind);
    }

    @Override
    public void end(Pass pass) {
        buffer.ifPresent(pooled -> fold(pooled, pass));
        if (pass.last()) {
            TensorScope.run(() -> {
                copies.sum(layout, sums.tensor());
                for (Bucket bucket : layout.buckets()) {
                    reduction.startOfWhole(bucket, sums.tensor(), own);
                }
            });
        }
    }

    private void fold(BackwardBuffer pooled, Pass pass) {
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> {
                if (pass.first()) {
                    sums.tensor().copy_(pooled.flat());
                } else {
                    sums.tensor().add_(pooled.flat());
                }
            });
        }
        pooled.drop();
    }

    @Override
    public void abandon() {
        buffer.ifPresent(BackwardBuffer::drop);
        clear();
    }

    @Override
    public Partition sums() {
        return own;
    }

    @Override
    public void clear() {
        if (buffer.isEmpty()) { // else the next step's first pass overwrites them
            sums.clear();
        }
    }

    @Override
    public long nbytes() {
        return sums.tensor().nbytes();
    }

    @Override
    public void close() {
        if (buffer.isPresent()) {
            buffer.get().drop();
        } else {
            layout.unbindGradients();
        }
        sums.close();
    }
}
