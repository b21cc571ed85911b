package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;

/** One forward and backward pass of a kernel on random tensors with gaps between their rows. */
final class AttentionRun {
    private static final int GAP = 6;

    private final FlashMask mask;
    private final AttentionShape shape;
    private final PlainAttention.Inputs in;
    private final HeadMemory[] memories;
    private final HeadMemory lse;

    private AttentionRun(FlashMask mask, AttentionShape shape, PlainAttention.Inputs in) {
        this.mask = mask;
        this.shape = shape;
        this.in = in;
        this.lse = new HeadMemory(ElementType.FP32, shape.numHeads(), 1, mask.numRows(), 0);
        HeadMemory q = query().with(in.q());
        HeadMemory k = key().with(in.k());
        HeadMemory v = key().with(in.v());
        HeadMemory dOut = query().with(in.dOut());
        this.memories = new HeadMemory[] {q, k, v, query(), dOut, query(), key(), key(), lse};
    }

    private HeadMemory query() {
        return new HeadMemory(shape.type(), mask.numRows(), shape.numHeads(), shape.headDim(), GAP);
    }

    private HeadMemory key() {
        return new HeadMemory(shape.type(), mask.numKeys(), shape.numKvHeads(), shape.headDim(), GAP);
    }

    static PlainAttention.Inputs inputs(FlashMask mask, AttentionShape shape) {
        int queries = mask.numRows() * shape.numHeads() * shape.headDim();
        int keys = mask.numKeys() * shape.numKvHeads() * shape.headDim();
        return new PlainAttention.Inputs(
                HeadMemory.random(queries, shape.type(), 1),
                HeadMemory.random(keys, shape.type(), 2),
                HeadMemory.random(keys, shape.type(), 3),
                HeadMemory.random(queries, shape.type(), 4));
    }

    static AttentionRun of(FlashMaskAttention kernel, FlashMask mask, AttentionShape shape) {
        return of(kernel, mask, shape, inputs(mask, shape));
    }

    static AttentionRun of(FlashMaskAttention kernel, FlashMask mask, AttentionShape shape, PlainAttention.Inputs in) {
        try (PreparedMask prepared = kernel.prepare(mask)) {
            return of(kernel, prepared, mask, shape, in);
        }
    }

    /** With a mask that may have served before. */
    static AttentionRun of(
            FlashMaskAttention kernel,
            PreparedMask prepared,
            FlashMask mask,
            AttentionShape shape,
            PlainAttention.Inputs in) {
        AttentionRun run = new AttentionRun(mask, shape, in);
        HeadTensor[] t = new HeadTensor[8];
        for (int i = 0; i < t.length; i++) {
            t[i] = run.memories[i].tensor();
        }
        AttentionTensors tensors = new AttentionTensors(t[0], t[1], t[2], t[3], run.lse.address());
        kernel.forward(prepared, shape, tensors);
        kernel.backward(prepared, shape, tensors, new AttentionTensors.Gradients(t[4], t[5], t[6], t[7]));
        for (HeadMemory memory : run.memories) {
            assertThat(memory.guardsIntact()).isTrue();
        }
        return run;
    }

    /** out, dq, dk, dv, lse. */
    double[][] results() {
        return new double[][] {
            memories[3].values(), memories[5].values(), memories[6].values(), memories[7].values(), lse.values()
        };
    }

    /** On random tensors, the error against fp64 is at most twice that of a plain implementation in the same precision. */
    static void assertAsExactAsPlain(FlashMaskAttention kernel, FlashMask mask, AttentionShape shape) {
        PlainAttention.Precision same =
                shape.type() == ElementType.BF16 ? PlainAttention.Precision.BF16 : PlainAttention.Precision.FP32;
        double[][] truth = resultsOf(PlainAttention.of(mask, shape, PlainAttention.Precision.FP64));
        double[][] plain = resultsOf(PlainAttention.of(mask, shape, same));
        double[][] actual = of(kernel, mask, shape).results();
        String[] names = {"out", "dq", "dk", "dv", "lse"};
        // Where few numbers are added, or equal ones subtracted, the plain result may be exact by luck.
        double fewUlps = 1e-6 * (1 + largest(truth[0]) + largest(truth[3]));
        for (int i = 0; i < names.length; i++) {
            assertThat(error(actual[i], truth[i]))
                    .as("%s of %s with %d rows", names[i], shape, mask.numRows())
                    .isLessThanOrEqualTo(2 * error(plain[i], truth[i]) + fewUlps);
        }
    }

    /** The norm of each error against fp64 is at most this part of the norm of the result: for scores that fp32 rounds coarsely. */
    void assertNearTruth(double tolerance) {
        double[][] truth = resultsOf(new PlainAttention(mask, shape, in, PlainAttention.Precision.FP64));
        double[][] actual = results();
        for (int i = 0; i < truth.length; i++) {
            double error = 0;
            double size = 0;
            for (int j = 0; j < truth[i].length; j++) {
                error += Math.pow(actual[i][j] - truth[i][j], 2);
                size += Math.pow(truth[i][j], 2);
            }
            assertThat(Math.sqrt(error / size)).as("result %d of %s", i, shape).isLessThanOrEqualTo(tolerance);
        }
    }

    private static double[][] resultsOf(PlainAttention plain) {
        return new double[][] {plain.out, plain.dq, plain.dk, plain.dv, plain.lse};
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Double.isInfinite(value) ? largest : Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    // Equal infinities are no error; a NaN is an infinite one.
    private static double error(double[] actual, double[] truth) {
        double error = 0;
        for (int i = 0; i < truth.length; i++) {
            double difference = actual[i] == truth[i] ? 0 : Math.abs(actual[i] - truth[i]);
            error = Math.max(error, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        return error;
    }
}
