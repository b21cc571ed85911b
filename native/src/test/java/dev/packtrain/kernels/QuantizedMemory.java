package dev.packtrain.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A quantised part in native memory, one byte off every alignment. */
final class QuantizedMemory {
    private final QuantizedLayout layout;
    private final ByteBuffer bytes;

    private QuantizedMemory(QuantizedLayout layout) {
        this.layout = layout;
        bytes = ByteBuffer.allocateDirect(Math.toIntExact(layout.numBytes()) + 1)
                .order(ByteOrder.nativeOrder());
    }

    /** Quantises {@code part} of a whole matrix {@code [wholeRows, part.wholeCols()]} in the kernel's element type. */
    static QuantizedMemory of(QuantizedRows kernel, QuantizedLayout part, ElementType type, float[] whole) {
        QuantizedMemory memory = new QuantizedMemory(part);
        int wholeRows = whole.length / (int) part.wholeCols();
        int wholeBlocks = (int) part.wholeBlocks();
        FloatMemory x = FloatMemory.of(type, whole, 2);
        FloatMemory scales = FloatMemory.of(new float[wholeRows * wholeBlocks], 0);
        ByteBuffer codes = ByteBuffer.allocateDirect(wholeRows * (int) part.rowBytes());
        kernel.quantize(part, wholeRows, x.address(), DirectMemory.addressOf(codes), scales.address());
        byte[] own = new byte[(int) (part.rows() * part.rowBytes())];
        codes.get((int) (part.firstRow() * part.rowBytes()), own);
        memory.bytes.put(1, own);
        memory.putScales(scales.floats());
        if (!x.guardsIntact() || !scales.guardsIntact()) {
            throw new AssertionError("quantize wrote outside of its memory");
        }
        return memory;
    }

    private void putScales(float[] scales) {
        int at = 1 + (int) layout.scalesAt();
        if (layout.secondBlock() > 0) {
            TwoLevelScales levels = new TwoLevelScales(scales, (int) layout.secondBlock());
            bytes.put(at, levels.codes(layout));
            float[] seconds = levels.seconds(layout);
            for (int i = 0; i < seconds.length; i++) {
                bytes.putFloat(1 + (int) layout.secondsAt() + i * Float.BYTES, seconds[i]);
            }
            return;
        }
        for (int row = 0; row < layout.rows(); row++) {
            for (int b = 0; b < layout.blocks(); b++) {
                int from = (int) ((layout.firstRow() + row) * layout.wholeBlocks() + layout.firstBlock()) + b;
                bytes.putFloat(at + (int) (row * layout.blocks() + b) * Float.BYTES, scales[from]);
            }
        }
    }

    long address() {
        return DirectMemory.addressOf(bytes) + 1;
    }

    byte[] bytes() {
        byte[] all = new byte[bytes.capacity() - 1];
        bytes.get(1, all);
        return all;
    }

    /** The code of a number of the part. */
    int code(int row, int col) {
        long at = 1 + row * layout.rowBytes();
        if (layout.format().bits() == 8) {
            return bytes.get((int) at + col);
        }
        int pair = bytes.get((int) at + col / 2);
        return (col % 2 == 0 ? pair >> 4 : pair) & 15;
    }

    /** The scale of a number of the part, by the formula. */
    float scale(int row, int col) {
        long block = (layout.firstCol() + col) / layout.block() - layout.firstBlock();
        int index = (int) (row * layout.blocks() + block);
        int at = 1 + (int) layout.scalesAt();
        if (layout.secondBlock() == 0) {
            return bytes.getFloat(at + index * Float.BYTES);
        }
        long number = (layout.firstRow() + row) * layout.wholeBlocks() + layout.firstBlock() + block;
        int seconds = 1 + (int) layout.secondsAt();
        float second =
                bytes.getFloat(seconds + (int) (number / layout.secondBlock() - layout.firstSecond()) * Float.BYTES);
        float mean = bytes.getFloat(seconds + (int) layout.numSeconds() * Float.BYTES);
        return ScaleCodes.values()[bytes.get(at + index) & 0xff] * second + mean;
    }

    /** All numbers of the part, by the formula. */
    float[] numbers(ElementType type) {
        int cols = (int) layout.cols();
        float[] numbers = new float[(int) layout.rows() * cols];
        float[] values = layout.format().numbers();
        for (int i = 0; i < numbers.length; i++) {
            int code = code(i / cols, i % cols);
            float number = (layout.format().bits() == 8 ? code : values[code]) * scale(i / cols, i % cols);
            numbers[i] = type == ElementType.FP32 ? number : Float.intBitsToFloat(AdamWReference.bf16(number) << 16);
        }
        return numbers;
    }

    boolean sameAs(QuantizedMemory other) {
        return Arrays.equals(bytes(), other.bytes());
    }
}
