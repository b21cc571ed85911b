package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Slice;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weights of which every rank keeps what it owns, and all of them only while they are used: ZeRO's stage 3. In between the
 * parameters keep their shapes, but all their elements are one NaN: who reads them at the wrong time does not go unnoticed.
 */
final class SpreadWeights implements PartWeights {
    private final String name;
    private final FlatLayout layout;
    private final ScalarType dtype;
    private final ProcessGroup shard;
    private final BufferPool pool;
    private final Partition own;
    private final Tensor hole;
    private final List<Pending> gathering = new ArrayList<>();
    private BufferPool.Buffer whole;
    private boolean inUse;

    /**
     * Keeps this rank's share of the parameters' values, and takes their storage away.
     *
     * @param own where it is kept; closed with this
     * @param pool for the weights while they are used
     */
    SpreadWeights(String name, FlatLayout layout, Partition own, ProcessGroup shard, BufferPool pool) {
        this.name = name;
        this.layout = layout;
        this.dtype = layout.dtype();
        this.own = own;
        this.shard = shard;
        this.pool = pool;
        Tensor like = layout.slices().get(0).parameter().tensor();
        // Bytes of a quantised matrix: its scales are NaN then.
        Scalar nothing = dtype == ScalarType.Byte ? new Scalar(0xff) : new Scalar(Float.NaN);
        this.hole = TensorScope.value(
                () -> TensorFactory.like(like).zeros(dtype, 1).fill_(nothing).retainReference());
        try (NoGradGuard guard = new NoGradGuard()) {
            for (Bucket bucket : layout.buckets()) {
                TensorScope.run(() -> copy(bucket));
            }
            TensorScope.run(this::unbind);
        }
    }

    private void copy(Bucket bucket) {
        Tensor share = own.of(bucket);
        share.zero_();
        for (FlatLayout.Run run : layout.runs(bucket, shard.rank())) {
            Tensor values = run.slice().parameter().tensor().reshape(-1);
            share.narrow(0, run.at(), run.length()).copy_(values.narrow(0, run.from(), run.length()));
        }
    }

    private void unbind() {
        layout.slices().forEach(slice -> slice.parameter().tensor().set_data(hole.expand(slice.shape())));
    }

    @Override
    public void prefetch() {
        if (whole != null) {
            return;
        }
        whole = pool.take(dtype, layout.paddedElements());
        TensorScope.run(() -> {
            Tensor flat = whole.as(dtype, layout.paddedElements());
            for (Bucket bucket : layout.buckets()) {
                Tensor mine = own.of(bucket);
                if (mine.is_cpu() != flat.is_cpu()) {
                    Tensor there = flat.narrow(0, bucket.fromOf(shard.rank()), bucket.share());
                    there.copy_(mine);
                    mine = there;
                }
                gathering.add(shard.startAllGather(mine, bucket.of(flat), "weights of " + name));
            }
        });
    }

    @Override
    public void use() {
        if (inUse) {
            return;
        }
        prefetch();
        awaitGathering();
        inUse = true;
        TensorScope.run(() -> {
            Tensor flat = whole.as(dtype, layout.paddedElements());
            for (Slice slice : layout.slices()) {
                slice.parameter().tensor().set_data(slice.of(flat));
            }
        });
    }

    private void awaitGathering() {
        gathering.forEach(Pending::await);
        gathering.clear();
    }

    @Override
    public void release() {
        if (whole == null) {
            return;
        }
        awaitGathering();
        TensorScope.run(this::unbind);
        inUse = false;
        pool.giveBack(whole);
        whole = null;
    }

    @Override
    public void abandon() {
        if (gathering.isEmpty()) {
            release();
        } else {
            // The collectives may still write the buffer: it stays out of the pool until that is closed.
            gathering.clear();
            whole = null;
        }
    }

    @Override
    public Partition own() {
        return own;
    }

    @Override
    public Pending startSharing(Bucket bucket) {
        return Pending.DONE;
    }

    @Override
    public long nbytes() {
        return own.nbytes();
    }

    @Override
    public void close() {
        own.close();
        hole.close();
    }
}
