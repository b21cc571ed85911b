package dev.packtrain.training.parallel;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.PartialSums;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The same with sequence parallelism: rank r of n holds rows r·S to (r + 1)·S of the residual stream, S = ⌈T / n⌉; rows
 * from T on are zero.
 *
 * @param group the ranks
 */
record SequenceSums(ProcessGroup group) implements PartialSums {
    @Override
    public void total(Tensor partial) {
        group.allReduceSum(partial, "partial values of a tensor group");
    }

    @Override
    public Tensor sum(Tensor partialTE) {
        return TensorScope.one(() -> {
            long numTokens = partialTE.size(0);
            long rows = rows(numTokens);
            long padding = rows * group.size() - numTokens;
            Tensor padded = padding == 0
                    ? partialTE.contiguous()
                    : torch.constant_pad_nd(partialTE, new long[] {0, 0, 0, padding});
            Tensor mine = empty(partialTE, rows);
            group.reduceScatterSum(padded, mine, "activations of a tensor group");
            return mine;
        });
    }

    @Override
    public Tensor whole(Tensor rowsTE, long numTokens) {
        return TensorScope.one(() -> {
            Tensor all = empty(rowsTE, rowsTE.size(0) * group.size());
            group.allGather(rowsTE.contiguous(), all, "sequence of a tensor group");
            return all.narrow(0, 0, numTokens);
        });
    }

    @Override
    public long firstRow(long numTokens) {
        return rows(numTokens) * group.rank();
    }

    private long rows(long numTokens) {
        return (numTokens + group.size() - 1) / group.size();
    }

    private static Tensor empty(Tensor like, long rows) {
        return TensorFactory.like(like).empty(like.scalar_type().intern(), rows, like.size(1));
    }
}
