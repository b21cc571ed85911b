package dev.packtrain.training.collectives;

import dev.packtrain.kernels.ReductionType;
import org.bytedeco.pytorch.Tensor;

/** What tensors must be like; mistakes of the caller, not of a peer. */
final class TensorChecks {
    private TensorChecks() {}

    static void contiguous(Tensor tensor, String what) {
        if (!tensor.is_contiguous()) {
            throw new IllegalArgumentException(what + ": wanted a contiguous tensor");
        }
    }

    /** {@code whole} is one {@code part} a rank. */
    static void parts(Tensor whole, Tensor part, int size, String what) {
        contiguous(whole, what);
        contiguous(part, what);
        if (whole.numel() != size * part.numel()) {
            throw new IllegalArgumentException(
                    "%s: wanted %d × %d elements, got %d".formatted(what, size, part.numel(), whole.numel()));
        }
    }

    static void sameType(Tensor a, Tensor b, String what) {
        if (a.scalar_type().intern() != b.scalar_type().intern()) {
            throw new IllegalArgumentException("%s: wanted two tensors of one dtype, got %s and %s"
                    .formatted(what, ScalarTypes.name(a), ScalarTypes.name(b)));
        }
    }

    static void sumInto(Tensor input, Tensor output, String what) {
        ReductionType from = ScalarTypes.reduction(input);
        ReductionType to = ScalarTypes.reduction(output);
        if (to != from && (from != ReductionType.BF16 || to != ReductionType.FP32)) {
            throw new IllegalArgumentException("%s: a sum of %s cannot be written as %s"
                    .formatted(what, ScalarTypes.name(input), ScalarTypes.name(output)));
        }
    }
}
