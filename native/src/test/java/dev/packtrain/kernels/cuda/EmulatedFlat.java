package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.AdamWBuffers;
import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedAdamW;
import dev.packtrain.kernels.SquaredNorm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;

/** AdamW on the emulated GPU beside the CPU's kernel, to the last bit, and the sum of squares. */
record EmulatedFlat(FlatCuda gpu, CUstream_st stream) {
    private static final int COUNT = 2101;
    private static final int FROM = 37;
    private static final int TO = 2098;

    boolean run() {
        boolean good = true;
        for (ElementType weights : ElementType.values()) {
            for (ElementType grads : ElementType.values()) {
                for (ElementType moments : ElementType.values()) {
                    boolean same = adamW(weights, grads, moments);
                    good &= same;
                    System.out.printf(
                            "AdamW, weights %s, gradients %s, moments %s: %s%n",
                            weights, grads, moments, same ? "good" : "BAD");
                }
            }
        }
        for (int count : new int[] {1, 1023, 5000}) {
            good &= squares(count);
        }
        return good;
    }

    private boolean adamW(ElementType weights, ElementType grads, ElementType moments) {
        List<GuardedBuffer> ours = buffers(weights, grads, moments);
        List<GuardedBuffer> theirs = ours.stream().map(GuardedBuffer::copy).toList();
        for (int step = 1; step <= 3; step++) {
            AdamWStep numbers = new AdamWStep(step, 1e-2, 0.9, 0.95, 1e-8, 0.1, 0.5);
            FusedAdamW.forThisMachine().step(arguments(theirs, grads, moments), FROM, TO, numbers);
            gpu.adamW(arguments(ours, grads, moments), FROM, TO, numbers, stream);
        }
        boolean same = true;
        for (int i = 0; i < ours.size(); i++) {
            same &= ours.get(i).sameBytes(theirs.get(i));
        }
        return same && !ours.get(0).sameBytes(buffers(weights, grads, moments).get(0));
    }

    /** Weights, gradients, moments and, beside bf16 weights, remainders; a gradient is NaN. */
    private static List<GuardedBuffer> buffers(ElementType weights, ElementType grads, ElementType moments) {
        GuardedBuffer second = GuardedBuffer.random(moments, COUNT, 3, 4);
        for (int i = 0; i < COUNT; i++) {
            second.set(i, Math.abs(second.get(i)));
        }
        GuardedBuffer gradients = GuardedBuffer.random(grads, COUNT, 2);
        gradients.set(100, Float.NaN);
        List<GuardedBuffer> buffers = new ArrayList<>(List.of(
                GuardedBuffer.random(weights, COUNT, 1),
                gradients,
                GuardedBuffer.random(moments, COUNT, 3, 3),
                second));
        if (weights == ElementType.BF16) {
            buffers.add(new GuardedBuffer(ElementType.BF16, COUNT, 0));
        }
        return buffers;
    }

    private static AdamWBuffers arguments(List<GuardedBuffer> buffers, ElementType grads, ElementType moments) {
        return new AdamWBuffers(
                buffers.get(0).address(),
                buffers.size() == 5 ? buffers.get(4).address() : 0,
                buffers.get(1).address(),
                grads,
                buffers.get(2).address(),
                buffers.get(3).address(),
                moments);
    }

    private boolean squares(int count) {
        boolean good = true;
        for (ElementType type : ElementType.values()) {
            GuardedBuffer values = GuardedBuffer.random(type, count, 1, 5);
            double expected = SquaredNorm.forThisMachine().of(type, values.address(), count);
            ByteBuffer sums = ByteBuffer.allocateDirect(Double.BYTES * FlatCuda.numSums(count))
                    .order(ByteOrder.nativeOrder());
            gpu.squares(type, values.address(), count, DirectMemory.addressOf(sums), stream);
            double[] all = new double[FlatCuda.numSums(count)];
            sums.asDoubleBuffer().get(all);
            boolean fine = Math.abs(Arrays.stream(all).sum() / expected - 1) < 1e-12;
            System.out.printf("squares of %d, %s: %s%n", count, type, fine ? "good" : "BAD");
            good &= fine;
        }
        return good;
    }
}
