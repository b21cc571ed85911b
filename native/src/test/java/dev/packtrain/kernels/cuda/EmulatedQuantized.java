package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.KernelVariant;
import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.QuantizedRows;
import dev.packtrain.kernels.TwoLevelScales;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUstream_st;

/** The CUDA kernels of quantised matrices on the emulated GPU, beside those of the CPU on the same bytes. */
record EmulatedQuantized(QuantizedCuda gpu, CUstream_st stream) {
    private static final List<QuantizedLayout> LAYOUTS = List.of(
            new QuantizedLayout(QuantizedFormat.NF4, 64, 0, 1096, 0, 7, 0, 1096),
            new QuantizedLayout(QuantizedFormat.NF4, 64, 16, 320, 3, 6, 40, 184),
            new QuantizedLayout(QuantizedFormat.FP4, 24, 256, 96, 0, 9, 0, 96),
            new QuantizedLayout(QuantizedFormat.INT4, 8, 0, 72, 2, 4, 8, 56),
            new QuantizedLayout(QuantizedFormat.INT8, 264, 0, 264, 0, 5, 16, 248));

    boolean run() {
        boolean good = true;
        for (QuantizedLayout layout : LAYOUTS) {
            boolean same = isThatOfTheCpu(layout);
            good &= same;
            System.out.printf("quantized, %s: %s%n", layout, same ? "good" : "BAD");
        }
        return good;
    }

    private boolean isThatOfTheCpu(QuantizedLayout layout) {
        ByteBuffer matrix = matrix(layout);
        ByteBuffer values = memory(Float.BYTES * (16 + 256));
        values.asFloatBuffer().put(QuantizedCuda.values(layout.format()));
        QuantizedRows cpu = new QuantizedRows(KernelVariant.PORTABLE, ElementType.BF16, 1);
        ByteBuffer expected = memory(2 * (int) (layout.rows() * layout.cols()));
        cpu.dequantize(layout, address(matrix), QuantizedRows.Range.all(layout), address(expected));
        boolean good = true;
        // Under two orders of threads and blocks.
        for (int run = 0; run < 2; run++) {
            ByteBuffer made = memory(expected.capacity());
            gpu.dequantize(layout, address(values), address(matrix), address(made), stream);
            good &= made.equals(expected);
        }
        for (int tokens : new int[] {1, 3, QuantizedCuda.MOST_TOKENS}) {
            ByteBuffer x = random(tokens * (int) layout.cols(), 5);
            ByteBuffer wanted = memory(2 * tokens * (int) layout.rows());
            cpu.product(layout, address(matrix), tokens, address(x), address(wanted));
            ByteBuffer y = memory(wanted.capacity());
            ByteBuffer again = memory(wanted.capacity());
            gpu.product(layout, address(values), address(matrix), tokens, address(x), address(y), stream);
            gpu.product(layout, address(values), address(matrix), tokens, address(x), address(again), stream);
            good &= y.equals(again) && isClose(y, wanted, layout);
        }
        return good;
    }

    /** Sums in another order, then rounded to 8 bits. */
    private static boolean isClose(ByteBuffer y, ByteBuffer wanted, QuantizedLayout layout) {
        boolean close = true;
        for (int i = 0; i < wanted.capacity() / 2; i++) {
            double size = Math.sqrt((double) layout.cols()) + Math.abs(value(wanted, i));
            close &= Math.abs(value(y, i) - value(wanted, i)) <= size * 0x1p-8;
        }
        return close;
    }

    /** A quantised part of a matrix of Gaussian numbers. */
    private static ByteBuffer matrix(QuantizedLayout layout) {
        QuantizedRows cpu = new QuantizedRows(KernelVariant.PORTABLE, ElementType.BF16, 1);
        int rows = (int) (layout.firstRow() + layout.rows()) + 2;
        ByteBuffer codes = memory(rows * (int) layout.rowBytes());
        ByteBuffer scales = memory(Float.BYTES * rows * (int) layout.wholeBlocks());
        ByteBuffer whole = random(rows * (int) layout.wholeCols(), 1);
        cpu.quantize(layout, rows, address(whole), address(codes), address(scales));
        ByteBuffer matrix = memory((int) layout.numBytes());
        int numCodes = (int) (layout.rows() * layout.rowBytes());
        matrix.put(0, codes, (int) (layout.firstRow() * layout.rowBytes()), numCodes);
        float[] all = new float[rows * (int) layout.wholeBlocks()];
        scales.asFloatBuffer().get(all);
        if (layout.secondBlock() > 0) {
            TwoLevelScales levels = new TwoLevelScales(all, (int) layout.secondBlock());
            matrix.put((int) layout.scalesAt(), levels.codes(layout));
            float[] seconds = levels.seconds(layout);
            for (int i = 0; i < seconds.length; i++) {
                matrix.putFloat((int) layout.secondsAt() + Float.BYTES * i, seconds[i]);
            }
            return matrix;
        }
        for (int i = 0; i < layout.rows() * layout.blocks(); i++) {
            long row = layout.firstRow() + i / layout.blocks();
            long block = layout.firstBlock() + i % layout.blocks();
            matrix.putFloat((int) layout.scalesAt() + Float.BYTES * i, all[(int) (row * layout.wholeBlocks() + block)]);
        }
        return matrix;
    }

    private static ByteBuffer random(int count, int seed) {
        Random random = new Random(seed);
        ByteBuffer memory = memory(2 * count);
        for (int i = 0; i < count; i++) {
            memory.putShort(2 * i, (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
        }
        return memory;
    }

    private static float value(ByteBuffer bf16, int i) {
        return Float.intBitsToFloat(bf16.getShort(2 * i) << 16);
    }

    private static ByteBuffer memory(int numBytes) {
        return ByteBuffer.allocateDirect(numBytes + 16)
                .alignedSlice(16)
                .slice(0, numBytes)
                .order(ByteOrder.nativeOrder());
    }

    private static long address(ByteBuffer memory) {
        return DirectMemory.addressOf(memory);
    }
}
