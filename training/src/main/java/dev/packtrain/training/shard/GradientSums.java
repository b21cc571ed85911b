package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Sums gradients over the ranks, bucket by bucket, while the backward pass goes on: reduce-scatter over the shard axis,
 * then all-reduce of what each rank owns over the data axis. bf16 gradients are summed in fp32.
 */
final class GradientSums {
    /** Buckets that are summed at a time where that takes temporary memory. */
    private static final int MOST_TEMPORARIES = 4;

    private static final String GRADIENTS = "gradients";

    private final MeshGroups groups;
    private final ReductionQueue queue;
    private final BufferPool pool;

    GradientSums(MeshGroups groups, ReductionQueue queue, BufferPool pool) {
        this.groups = groups;
        this.queue = queue;
        this.pool = pool;
    }

    /**
     * What this rank owns of gradients that every rank has whole, once they are summed. Sums of bf16 gradients are fp32
     * and take the place of the first of the bucket's own, which nobody needs by then: twice the bytes of at most half of
     * the elements.
     */
    Partition partitionOf(Tensor whole) {
        return widens(whole)
                ? new WidenedPartition(whole)
                : new PartitionView(whole, groups.shard().rank());
    }

    private boolean widens(Tensor whole) {
        return groups.shard().size() > 1 && whole.scalar_type().intern() == ScalarType.BFloat16;
    }

    private record WidenedPartition(Tensor whole) implements Partition {
        @Override
        public Tensor of(Bucket bucket) {
            return whole.narrow(0, bucket.from(), 2 * bucket.share()).view(ScalarType.Float);
        }

        @Override
        public long nbytes() {
            return 0;
        }

        @Override
        public void trim() {}

        @Override
        public void close() {}
    }

    /**
     * Starts to sum a bucket of gradients that every rank has whole and complete.
     *
     * @param whole all of the part's
     * @param own see {@link #partitionOf}
     */
    void startOfWhole(Bucket bucket, Tensor whole, Partition own) {
        ProcessGroup shard = groups.shard();
        if (shard.size() == 1) {
            overReplicas(bucket, own);
        } else if (widens(whole)) {
            throughTemporary(
                    bucket, whole, temporary -> own.of(bucket).copy_(temporary), () -> overReplicas(bucket, own));
        } else {
            queue.add(
                    shard.startReduceScatterSum(bucket.of(whole), own.of(bucket), GRADIENTS),
                    () -> overReplicas(bucket, own));
        }
    }

    /**
     * Starts to add a bucket of one pass to the sums of what this rank owns.
     *
     * @param passed what the pass left, all of the part's
     * @param sums of the passes so far
     * @param done run when {@code passed} is no longer read for this bucket
     */
    void startOfPass(Bucket bucket, Tensor passed, Partition sums, PartGradients.Pass pass, Runnable done) {
        Runnable after = () -> {
            done.run();
            if (pass.last()) {
                overReplicas(bucket, sums);
            }
        };
        if (groups.shard().size() == 1) {
            TensorScope.run(() -> add(sums.of(bucket), bucket.of(passed), pass));
            after.run();
        } else if (pass.first()) {
            queue.add(groups.shard().startReduceScatterSum(bucket.of(passed), sums.of(bucket), GRADIENTS), after);
        } else {
            throughTemporary(bucket, passed, temporary -> sums.of(bucket).add_(temporary), after);
        }
    }

    private static void add(Tensor sums, Tensor passed, PartGradients.Pass pass) {
        if (pass.first()) {
            sums.copy_(passed);
        } else {
            sums.add_(passed);
        }
    }

    private interface Sink {
        void take(Tensor temporary);
    }

    private void throughTemporary(Bucket bucket, Tensor flat, Sink sink, Runnable after) {
        queue.drainTo(MOST_TEMPORARIES - 1);
        BufferPool.Buffer buffer = pool.take(ScalarType.Float, bucket.share());
        queue.add(
                groups.shard()
                        .startReduceScatterSum(bucket.of(flat), buffer.as(ScalarType.Float, bucket.share()), GRADIENTS),
                () -> {
                    TensorScope.run(() -> sink.take(buffer.as(ScalarType.Float, bucket.share())));
                    pool.giveBack(buffer);
                    after.run();
                });
    }

    private void overReplicas(Bucket bucket, Partition own) {
        ProcessGroup data = groups.data();
        if (data.size() > 1) {
            TensorScope.run(() -> queue.add(data.startAllReduceSum(own.of(bucket), GRADIENTS), () -> {}));
        }
    }
}
