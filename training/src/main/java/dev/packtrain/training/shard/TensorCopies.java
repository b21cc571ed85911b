package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.shard.FlatLayout.Slice;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Adds up what tensor-parallel ranks that hold the same tensor have each found of its gradient: norms under sequence
 * parallelism, and projections of key and value heads that several ranks share.
 */
final class TensorCopies {
    private final ProcessGroup tensor;

    /** For the ranks that share layers. */
    TensorCopies(ProcessGroup tensor) {
        this.tensor = tensor;
    }

    /**
     * Adds up the partial gradients of a part, in place; every rank of the tensor axis calls it for the same part.
     *
     * @param flat the part's gradients of this rank, by {@code layout}
     */
    void sum(FlatLayout layout, Tensor flat) {
        List<Slice> partial = layout.slices().stream()
                .filter(slice -> slice.parameter().partialGradient()
                        && slice.parameter().split().numCopies() > 1)
                .toList();
        if (partial.isEmpty()) {
            return;
        }
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> sum(partial, flat));
        }
    }

    /**
     * One all-reduce for all of them. A tensor that only some neighbours share has one slot for each such set of ranks, of
     * which all but this rank's are zero here.
     */
    private void sum(List<Slice> partial, Tensor flat) {
        long length = partial.stream().mapToLong(this::slotted).sum();
        Tensor slots = TensorFactory.like(flat).zeros(flat.scalar_type().intern(), length);
        long at = 0;
        for (Slice slice : partial) {
            slot(slots, at, slice).copy_(of(slice, flat));
            at += slotted(slice);
        }
        tensor.allReduceSum(slots, "gradients of tensors that ranks share");
        at = 0;
        for (Slice slice : partial) {
            of(slice, flat).copy_(slot(slots, at, slice));
            at += slotted(slice);
        }
    }

    private long slotted(Slice slice) {
        return slice.numElements() * tensor.size() / copies(slice);
    }

    private Tensor slot(Tensor slots, long at, Slice slice) {
        int set = tensor.rank() / copies(slice);
        return slots.narrow(0, at + set * slice.numElements(), slice.numElements());
    }

    private static Tensor of(Slice slice, Tensor flat) {
        return flat.narrow(0, slice.offset(), slice.numElements());
    }

    private static int copies(Slice slice) {
        return slice.parameter().split().numCopies();
    }
}
