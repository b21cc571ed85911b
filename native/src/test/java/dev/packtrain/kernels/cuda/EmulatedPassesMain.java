package dev.packtrain.kernels.cuda;

import dev.packtrain.kernels.CrossEntropyRows;
import dev.packtrain.kernels.DirectMemory;
import dev.packtrain.kernels.ElementType;
import dev.packtrain.kernels.FusedRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/**
 * Every pass of {@link GpuPasses} on the emulated GPU, with host memory as the GPU's, beside the CPU's kernels on the same
 * numbers. Runs in a JVM of its own; prints a line for each comparison.
 */
final class EmulatedPassesMain {
    private static final double EPS = 1e-5;

    private final ElementType type;
    private final FusedRows.Shape shape;
    private final int size;
    private final FusedRows cpu;
    private final FusedRowsCuda gpu;
    private final CUstream_st stream;
    /** What kernels know by its address alone. */
    private final List<Object> reachable = new ArrayList<>();

    private boolean good = true;

    private EmulatedPassesMain(GpuPasses passes, ElementType type, int rows, int cols, CUstream_st stream) {
        this.type = type;
        this.shape = new FusedRows.Shape(rows, cols);
        this.size = rows * cols;
        this.cpu = FusedRows.forThisMachine(type);
        this.gpu = passes.rows(type);
        this.stream = stream;
    }

    public static void main(String[] args) {
        boolean good = true;
        try (GpuPasses passes = GpuPasses.load(0)) {
            CUstream_st stream = new CUstream_st();
            if (cudart.cuStreamCreate(stream, 0) != cudart.CUDA_SUCCESS) {
                throw new IllegalStateException("the emulated driver has a stream");
            }
            for (ElementType type : ElementType.values()) {
                // Odd widths, rows that do not fill a block, and more columns than a block takes.
                for (int[] shape : new int[][] {{1, 2}, {3, 12}, {5, 2050}, {70, 96}, {130, 1032}}) {
                    EmulatedPassesMain test = new EmulatedPassesMain(passes, type, shape[0], shape[1], stream);
                    test.norms();
                    test.normGradients();
                    test.rotations();
                    test.swiglu();
                    test.crossEntropy(passes.crossEntropy());
                    good &= test.good;
                }
            }
            good &= new EmulatedFlat(passes.flat(), stream).run();
            good &= new EmulatedQuantized(passes.quantized(), stream).run();
        }
        System.exit(good ? 0 : 1);
    }

    private void norms() {
        GuardedBuffer x = random(1);
        GuardedBuffer weight = GuardedBuffer.random(type, (int) shape.cols(), 2);
        for (boolean adds : new boolean[] {false, true}) {
            List<GuardedBuffer> expected = normed(
                    adds, (branch, y, rstd) -> cpu.norm(shape, x.address(), branch, weight.address(), y, rstd, EPS));
            List<GuardedBuffer> actual = twice(() -> normed(
                    adds,
                    (branch, y, rstd) -> gpu.norm(shape, x.address(), branch, weight.address(), y, rstd, EPS, stream)));
            compare(adds ? "addNorm" : "norm", actual, expected);
            GuardedBuffer normedOf = adds ? actual.get(0) : x;
            GuardedBuffer again = new GuardedBuffer(type, size, 0);
            long rstd = actual.get(2).address();
            gpu.renorm(shape, normedOf.address(), weight.address(), rstd, again.address(), stream);
            report("renorm", again.sameBytes(actual.get(1)) ? 0 : 1, 0);
        }
    }

    private interface Norm {
        void run(long branch, long y, long rstd);
    }

    /** Branch, y, rstd. */
    private List<GuardedBuffer> normed(boolean adds, Norm norm) {
        GuardedBuffer branch = random(3);
        GuardedBuffer y = new GuardedBuffer(type, size, 0);
        GuardedBuffer rstd = new GuardedBuffer(ElementType.FP32, (int) shape.rows(), 1);
        norm.run(adds ? branch.address() : 0, y.address(), rstd.address());
        return List.of(branch, y, rstd);
    }

    private void normGradients() {
        GuardedBuffer x = random(1);
        GuardedBuffer weight = GuardedBuffer.random(type, (int) shape.cols(), 2);
        GuardedBuffer gradY = random(4);
        GuardedBuffer y = new GuardedBuffer(type, size, 0);
        GuardedBuffer rstd = new GuardedBuffer(ElementType.FP32, (int) shape.rows(), 0);
        cpu.norm(shape, x.address(), 0, weight.address(), y.address(), rstd.address(), EPS);
        FusedRowsCuda.NormGradOperands operands =
                new FusedRowsCuda.NormGradOperands(gradY.address(), x.address(), weight.address(), rstd.address());
        List<GuardedBuffer> expected = gradients((gradX, gradWeight) ->
                cpu.normGrad(shape, gradY.address(), x.address(), weight.address(), rstd.address(), gradX, gradWeight));
        List<GuardedBuffer> actual = twice(() -> gradients((gradX, gradWeight) -> {
            GuardedBuffer parts = new GuardedBuffer(ElementType.FP32, (int) FusedRowsCuda.numParts(shape), 0);
            reachable.add(parts);
            gpu.normGrad(shape, operands, gradX, gradWeight, parts.address(), stream);
        }));
        compare("normGrad", actual, expected);
        List<GuardedBuffer> frozen =
                gradients((gradX, gradWeight) -> gpu.normGrad(shape, operands, gradX, 0, 0, stream));
        report("normGrad, frozen", frozen.get(0).sameBytes(actual.get(0)) ? 0 : 1, 0);
        // Added to the gradient that it is made of.
        compare(
                "normGrad in place",
                gradients((gradX, gradWeight) -> {
                    GuardedBuffer parts = new GuardedBuffer(ElementType.FP32, (int) FusedRowsCuda.numParts(shape), 0);
                    reachable.add(parts);
                    gpu.normGrad(
                            shape,
                            new FusedRowsCuda.NormGradOperands(gradX, x.address(), weight.address(), rstd.address()),
                            gradX,
                            gradWeight,
                            parts.address(),
                            stream);
                }),
                gradients((gradX, gradWeight) ->
                        cpu.normGrad(shape, gradX, x.address(), weight.address(), rstd.address(), gradX, gradWeight)));
    }

    private interface Gradients {
        void run(long gradX, long gradWeight);
    }

    private List<GuardedBuffer> gradients(Gradients gradients) {
        GuardedBuffer gradX = random(5);
        GuardedBuffer gradWeight = GuardedBuffer.random(type, (int) shape.cols(), 6);
        gradients.run(gradX.address(), gradWeight.address());
        return List.of(gradX, gradWeight);
    }

    /** Two heads of as many columns, beside as many columns that do not belong to them. */
    private void rotations() {
        int stride = 3 * (int) shape.cols();
        int angles = size / 2;
        GuardedBuffer cos = GuardedBuffer.random(ElementType.FP32, angles, 7);
        GuardedBuffer sin = GuardedBuffer.random(ElementType.FP32, angles, 8);
        long[] cosSin = {cos.address(), sin.address()};
        for (boolean back : new boolean[] {false, true}) {
            GuardedBuffer expected = GuardedBuffer.random(type, (int) shape.rows() * stride, 9);
            cpu.rope(shape, expected.address(), cosSin, stride, 2, back);
            List<GuardedBuffer> actual = twice(() -> {
                GuardedBuffer x = GuardedBuffer.random(type, (int) shape.rows() * stride, 9);
                gpu.rope(shape, x.address(), cosSin, stride, 2, back, stream);
                return List.of(x);
            });
            compare("rope", actual, List.of(expected));
        }
    }

    private void swiglu() {
        int stride = 2 * (int) shape.cols();
        GuardedBuffer expected = GuardedBuffer.random(type, (int) shape.rows() * stride, 10);
        GuardedBuffer y = new GuardedBuffer(type, size, 0);
        long up = expected.address() + shape.cols() * type.bytes();
        cpu.swiglu(shape, expected.address(), up, y.address(), stride);
        GuardedBuffer gradY = random(11);
        cpu.swigluGrad(shape, gradY.address(), expected.address(), up, stride);
        List<GuardedBuffer> actual = twice(() -> {
            GuardedBuffer both = GuardedBuffer.random(type, (int) shape.rows() * stride, 10);
            GuardedBuffer product = new GuardedBuffer(type, size, 0);
            long second = both.address() + shape.cols() * type.bytes();
            gpu.swiglu(shape, both.address(), second, product.address(), stride, stream);
            gpu.swigluGrad(shape, gradY.address(), both.address(), second, stride, stream);
            return List.of(product, both);
        });
        compare("swiglu", actual, List.of(y, expected));
    }

    private void crossEntropy(CrossEntropyCuda gpuRows) {
        int rows = (int) shape.rows();
        int cols = (int) shape.cols();
        int[] targets = new int[rows];
        ByteBuffer onGpu = ByteBuffer.allocateDirect(Long.BYTES * rows).order(ByteOrder.nativeOrder());
        reachable.add(onGpu);
        for (int row = 0; row < rows; row++) {
            targets[row] = (row * 7 + cols - 1) % cols;
            onGpu.putLong(Long.BYTES * row, targets[row]);
        }
        GuardedBuffer expected = logits();
        double nats = CrossEntropyRows.forThisMachine().lossAndGradient(type, expected.address(), cols, targets, 0.25);
        GuardedBuffer untouched = logits();
        GuardedBuffer lossAlone = new GuardedBuffer(ElementType.FP32, rows, 0);
        long at = DirectMemory.addressOf(onGpu);
        gpuRows.loss(type, new CrossEntropyCuda.Rows(untouched.address(), at, lossAlone.address(), rows, cols), stream);
        report("cross-entropy leaves logits alone", untouched.sameBytes(logits()) ? 0 : 1, 0);
        List<GuardedBuffer> actual = twice(() -> {
            GuardedBuffer logits = logits();
            GuardedBuffer losses = new GuardedBuffer(ElementType.FP32, rows, 0);
            CrossEntropyCuda.Rows operands =
                    new CrossEntropyCuda.Rows(logits.address(), at, losses.address(), rows, cols);
            gpuRows.lossAndGradient(type, operands, 0.25, stream);
            return List.of(logits, losses);
        });
        compare("cross-entropy", actual.subList(0, 1), List.of(expected));
        report("its loss", Math.abs(sum(actual.get(1)) - nats) / (1 + nats), 1e-6);
        report("its loss alone", lossAlone.sameBytes(actual.get(1)) ? 0 : 1, 0);
        untouched.set(size - 1, Float.NaN);
        gpuRows.loss(type, new CrossEntropyCuda.Rows(untouched.address(), at, lossAlone.address(), rows, cols), stream);
        report("NaN stays", Float.isNaN(lossAlone.get(rows - 1)) ? 0 : 1, 0);
    }

    /** With whole stretches of tokens that can never come, but for a row's last ones. */
    private GuardedBuffer logits() {
        GuardedBuffer logits = random(12);
        for (int row = 0; row < shape.rows(); row += 2) {
            for (int column = 0; column < shape.cols() / 2; column++) {
                logits.set(row * (int) shape.cols() + column, Float.NEGATIVE_INFINITY);
            }
        }
        for (int row = 0; row < shape.rows(); row++) {
            int column = (int) ((row * 7L + shape.cols() - 1) % shape.cols());
            logits.set(row * (int) shape.cols() + column, 1);
        }
        return logits;
    }

    private double sum(GuardedBuffer losses) {
        double sum = 0;
        for (int row = 0; row < shape.rows(); row++) {
            sum += losses.get(row);
        }
        return sum;
    }

    private GuardedBuffer random(int seed) {
        return GuardedBuffer.random(type, size, seed);
    }

    /** Once more under another order of threads and blocks: the bits must be the same. */
    private List<GuardedBuffer> twice(Supplier<List<GuardedBuffer>> run) {
        List<GuardedBuffer> first = run.get();
        List<GuardedBuffer> second = run.get();
        for (int i = 0; i < first.size(); i++) {
            report("two runs", first.get(i).sameBytes(second.get(i)) ? 0 : 1, 0);
        }
        return first;
    }

    private void compare(String what, List<GuardedBuffer> actual, List<GuardedBuffer> expected) {
        // Sums are taken in another order than on the CPU, so a bf16 number here and there is rounded the other way.
        double most = type == ElementType.FP32 ? 5e-7 : 0x1p-11;
        List<Double> errors = new ArrayList<>();
        for (int i = 0; i < actual.size(); i++) {
            errors.add(actual.get(i).errorAgainst(expected.get(i)));
        }
        report(what + " " + errors, errors.stream().mapToDouble(e -> e).max().orElseThrow(), most);
    }

    private void report(String what, double error, double most) {
        boolean fine = error <= most;
        good &= fine;
        System.out.printf(
                "%s of %d × %d, %s: %.3g %s%n", what, shape.rows(), shape.cols(), type, error, fine ? "good" : "BAD");
    }
}
