package dev.packtrain.kernels;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Attention by its definition, one score after the other. Every tensor on the way is rounded to a precision, as when each
 * operation of the formula is a call of its own: the yardstick for how much error a kernel of that precision may make.
 */
final class PlainAttention {
    /** How results are rounded and sums added. */
    enum Precision {
        /** The truth, as far as tests go. */
        FP64,
        /** Sums and tensors in fp32. */
        FP32,
        /** Sums in fp32, tensors in bf16. */
        BF16;

        double add(double sum, double x) {
            return this == FP64 ? sum + x : (float) (sum + x);
        }

        double tensor(double x) {
            return switch (this) {
                case FP64 -> x;
                case FP32 -> (float) x;
                case BF16 -> HeadMemory.roundToBf16(x);
            };
        }
    }

    /** q, k, v, dO and results, all {@code [rows or keys, heads, headDim]}. */
    record Inputs(double[] q, double[] k, double[] v, double[] dOut) {}

    private record Case(FlashMask mask, AttentionShape shape, Precision precision) {}

    /** Immutable, and by far the longest part of a test: shared by all variants of a kernel. */
    private static final Map<Case, PlainAttention> KNOWN = new ConcurrentHashMap<>();

    private final FlashMask mask;
    private final AttentionShape shape;
    private final Inputs in;
    private final Precision precision;
    final double[] out;
    final double[] lse;
    final double[] dq;
    final double[] dk;
    final double[] dv;

    /** On the inputs that {@link AttentionRun#inputs} makes for the shape. */
    static PlainAttention of(FlashMask mask, AttentionShape shape, Precision precision) {
        return KNOWN.computeIfAbsent(
                new Case(mask, shape, precision),
                one -> new PlainAttention(mask, shape, AttentionRun.inputs(mask, shape), precision));
    }

    PlainAttention(FlashMask mask, AttentionShape shape, Inputs in, Precision precision) {
        this.mask = mask;
        this.shape = shape;
        this.in = in;
        this.precision = precision;
        out = new double[in.q.length];
        lse = new double[shape.numHeads() * mask.numRows()];
        dq = new double[in.q.length];
        dk = new double[in.k.length];
        dv = new double[in.v.length];
        for (int head = 0; head < shape.numHeads(); head++) {
            for (int row = 0; row < mask.numRows(); row++) {
                row(head, row);
            }
        }
        for (double[] sums : new double[][] {dk, dv}) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] = precision.tensor(sums[i]);
            }
        }
    }

    private int atQuery(int row, int head) {
        return (row * shape.numHeads() + head) * shape.headDim();
    }

    private int atKey(int key, int head) {
        int kvHead = head / (shape.numHeads() / shape.numKvHeads());
        return (key * shape.numKvHeads() + kvHead) * shape.headDim();
    }

    private double dot(double[] a, int atA, double[] b, int atB) {
        double sum = 0;
        for (int d = 0; d < shape.headDim(); d++) {
            sum = precision.add(sum, a[atA + d] * b[atB + d]);
        }
        return precision.tensor(sum);
    }

    private void row(int head, int row) {
        int[] keys = IntStream.range(0, mask.numKeys())
                .filter(key -> mask.visible(row, key))
                .toArray();
        double[] p = new double[keys.length];
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < p.length; i++) {
            p[i] = precision.tensor(shape.scale() * dot(in.q, atQuery(row, head), in.k, atKey(keys[i], head)));
            most = Math.max(most, p[i]);
        }
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(p[i] - most);
            sum = precision.add(sum, p[i]);
        }
        lse[head * mask.numRows() + row] = most + Math.log(sum);
        if (sum > 0) {
            for (int i = 0; i < p.length; i++) {
                p[i] = precision.tensor(p[i] / sum);
            }
            out(head, row, keys, p);
            gradients(head, row, keys, p);
        }
    }

    private void out(int head, int row, int[] keys, double[] p) {
        for (int d = 0; d < shape.headDim(); d++) {
            double sum = 0;
            for (int i = 0; i < p.length; i++) {
                sum = precision.add(sum, p[i] * in.v[atKey(keys[i], head) + d]);
            }
            out[atQuery(row, head) + d] = precision.tensor(sum);
        }
    }

    private void gradients(int head, int row, int[] keys, double[] p) {
        int query = atQuery(row, head);
        double delta = dot(in.dOut, query, out, query);
        double[] sums = new double[shape.headDim()];
        for (int i = 0; i < p.length; i++) {
            int at = atKey(keys[i], head);
            double dp = dot(in.dOut, query, in.v, at);
            double ds = precision.tensor(p[i] * (dp - delta) * shape.scale());
            for (int d = 0; d < shape.headDim(); d++) {
                sums[d] = precision.add(sums[d], ds * in.k[at + d]);
                dk[at + d] = precision.add(dk[at + d], ds * in.q[query + d]);
                dv[at + d] = precision.add(dv[at + d], p[i] * in.dOut[query + d]);
            }
        }
        for (int d = 0; d < shape.headDim(); d++) {
            dq[query + d] = precision.tensor(sums[d]);
        }
    }
}
