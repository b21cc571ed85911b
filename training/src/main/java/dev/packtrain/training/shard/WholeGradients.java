package dev.packtrain.training.shard;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Slice;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
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
    private final Tensor sums;
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
        sums = TensorScope.value(() -> {
            Tensor like = layout.slices().get(0).parameter().tensor();
            Tensor flat = TensorFactory.like(like).zeros(sumDtype, layout.paddedElements());
            if (direct) {
                for (Slice slice : layout.slices()) {
                    slice.parameter().tensor().mutable_grad().put(slice.of(flat));
                }
            }
            return flat.retainReference();
        });
        own = reduction.partitionOf(sums);
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
                copies.sum(layout, sums);
                for (Bucket bucket : layout.buckets()) {
                    reduction.startOfWhole(bucket, sums, own);
                }
            });
        }
    }

    private void fold(BackwardBuffer pooled, Pass pass) {
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> {
                if (pass.first()) {
                    sums.copy_(pooled.flat());
                } else {
                    sums.add_(pooled.flat());
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
        if (buffer.isEmpty()) {
            try (NoGradGuard guard = new NoGradGuard()) {
                TensorScope.run(sums::zero_);
            }
        }
    }

    @Override
    public long nbytes() {
        return sums.nbytes();
    }

    @Override
    public void close() {
        buffer.ifPresent(BackwardBuffer::drop);
        sums.close();
    }
}
