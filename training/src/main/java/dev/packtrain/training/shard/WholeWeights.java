package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Slice;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Weights that every rank keeps whole: without ZeRO, and at its stages 1 and 2. */
final class WholeWeights implements PartWeights {
    private final String name;
    private final ProcessGroup shard;
    private final Tensor flat;
    private final Partition own;

    /** Moves the parameters into a flat buffer, values unchanged: their storage becomes views of it. */
    WholeWeights(String name, FlatLayout layout, ProcessGroup shard) {
        this.name = name;
        this.shard = shard;
        this.flat = TensorScope.value(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                Tensor like = layout.slices().get(0).parameter().tensor();
                Tensor buffer = TensorFactory.like(like).zeros(layout.dtype(), layout.paddedElements());
                for (Slice slice : layout.slices()) {
                    Tensor view = slice.of(buffer);
                    view.copy_(slice.parameter().tensor());
                    slice.parameter().tensor().set_data(view);
                }
                return buffer.retainReference();
            }
        });
        this.own = new PartitionView(flat, shard.rank());
    }

    @Override
    public void prefetch() {}

    @Override
    public void use() {}

    @Override
    public void release() {}

    @Override
    public void abandon() {}

    @Override
    public Partition own() {
        return own;
    }

    @Override
    public Pending startSharing(Bucket bucket) {
        if (shard.size() == 1) {
            return Pending.DONE;
        }
        return shard.startAllGather(own.of(bucket), bucket.of(flat), "weights of " + name);
    }

    @Override
    public long nbytes() {
        return flat.nbytes();
    }

    @Override
    public void close() {
        flat.close();
    }
}
