package dev.packtrain.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.KernelVariant;
import dev.packtrain.kernels.QuantizedFormat;
import dev.packtrain.kernels.QuantizedLayout;
import dev.packtrain.kernels.QuantizedRows;
import dev.packtrain.kernels.TwoLevelScales;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The CUDA kernels of quantised matrices on an emulated GPU, against those of the CPU on the same bytes. */
class EmulatedQuantizedTest {
    private static final long MATRIX = 1L << 40;
    private static final long VALUES = 2L << 40;
    private static final long X = 3L << 40;
    private static final long Y = 4L << 40;

    @TempDir
    static Path dir;

    private static Path program;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        program = dir.resolve("emulated-quantized");
        CppPrograms.compile(
                program, List.of("quantized", "emulation/machine.cpp", "emulation/instructions.cpp"), List.of());
    }

    static Stream<QuantizedLayout> layouts() {
        return Stream.of(
                new QuantizedLayout(QuantizedFormat.NF4, 64, 0, 1096, 0, 7, 0, 1096),
                new QuantizedLayout(QuantizedFormat.NF4, 64, 16, 320, 3, 6, 40, 184),
                new QuantizedLayout(QuantizedFormat.FP4, 24, 256, 96, 0, 9, 0, 96),
                new QuantizedLayout(QuantizedFormat.INT4, 8, 0, 72, 2, 4, 8, 56),
                new QuantizedLayout(QuantizedFormat.INT8, 264, 0, 264, 0, 5, 16, 248));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void numbersAndProductsAreThoseOfTheCpu(QuantizedLayout layout) throws Exception {
        ByteBuffer matrix = matrix(layout);
        QuantizedRows cpu = new QuantizedRows(KernelVariant.PORTABLE, ElementType.BF16, 1);
        int numbers = (int) (layout.rows() * layout.cols());
        ByteBuffer expected = memory(2 * numbers);
        cpu.dequantize(layout, address(matrix), QuantizedRows.Range.all(layout), address(expected));
        int[] grid = {(int) (layout.cols() + 1023) / 1024, (int) layout.rows()};
        QuantizedArguments all = new QuantizedArguments(layout, VALUES, MATRIX, 0, Y, 0);
        ByteBuffer made = run("quantized_dequantize_bf16", grid, all, matrix, memory(2), 2 * numbers);
        assertThat(made).isEqualTo(expected);
        for (int tokens : new int[] {1, 3, QuantizedCuda.MOST_TOKENS}) {
            ByteBuffer x = random(tokens * (int) layout.cols(), 5);
            ByteBuffer wanted = memory(2 * tokens * (int) layout.rows());
            cpu.product(layout, address(matrix), tokens, address(x), address(wanted));
            QuantizedArguments some = new QuantizedArguments(layout, VALUES, MATRIX, X, Y, tokens);
            int[] rows = {(int) (layout.rows() + 3) / 4, 1};
            ByteBuffer y = run("quantized_product_bf16", rows, some, matrix, x, wanted.capacity());
            for (int i = 0; i < wanted.capacity() / 2; i++) {
                // Sums in another order, then rounded to 8 bits.
                double size = Math.sqrt((double) layout.cols()) + Math.abs(value(wanted, i));
                assertThat((double) Math.abs(value(y, i) - value(wanted, i))).isLessThanOrEqualTo(size * 0x1p-8);
            }
        }
    }

    @Test
    void whatTheKernelsCannotReadIsRefused() {
        QuantizedLayout odd = new QuantizedLayout(QuantizedFormat.NF4, 64, 0, 100, 0, 1, 0, 100);
        assertThatThrownBy(() -> new QuantizedArguments(odd, 0, 0, 0, 0, 0)).hasMessageContaining("multiples of 8");
    }

    private static ByteBuffer run(
            String kernel, int[] grid, QuantizedArguments arguments, ByteBuffer matrix, ByteBuffer x, int numBytes)
            throws IOException, InterruptedException {
        ByteBuffer values = memory(Float.BYTES * (16 + 256));
        values.asFloatBuffer().put(QuantizedCuda.values(arguments.layout().format()));
        ByteBuffer[] inputs = {arguments.toBytes(), matrix, values, x, memory(numBytes)};
        String[] command = new String[4 + inputs.length];
        command[0] = program.toString();
        command[1] = kernel;
        command[2] = Integer.toString(grid[0]);
        command[3] = Integer.toString(grid[1]);
        for (int i = 0; i < inputs.length; i++) {
            byte[] bytes = new byte[inputs[i].capacity()];
            inputs[i].get(0, bytes);
            Path file = dir.resolve("file-" + i);
            Files.write(file, bytes);
            command[4 + i] = file.toString();
        }
        CppPrograms.Result result = CppPrograms.run(List.of(command), Map.of());
        assertThat(result.status()).as(result.text()).isZero();
        return memory(numBytes).put(0, Files.readAllBytes(dir.resolve("file-4")));
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
        return ByteBuffer.allocateDirect(numBytes).order(ByteOrder.nativeOrder());
    }

    private static long address(ByteBuffer memory) {
        return DirectMemory.addressOf(memory);
    }
}
