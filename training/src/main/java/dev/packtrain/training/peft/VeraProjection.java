package dev.packtrain.training.peft;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The random pair that all linears of a model share: A {@code [R, most inputs]} and B {@code [most outputs, R]}. It is there
 * when all linears are.
 */
final class VeraProjection {
    /** PEFT's names. */
    static final String DOWN = "base_model.vera_A";

    static final String UP = "base_model.vera_B";

    private Shape shape = new Shape(0, 0);
    private Tensor downRI;
    private Tensor upOR;

    /**
     * What the largest targets take.
     *
     * @param numOut most outputs
     * @param numIn most inputs
     */
    record Shape(long numOut, long numIn) {
        /** One more target. */
        Shape with(long otherOut, long otherIn) {
            return new Shape(Math.max(numOut, otherOut), Math.max(numIn, otherIn));
        }
    }

    private VeraProjection() {}

    /** Of a model; in the dtype and on the device of {@code like}. */
    static VeraProjection of(VeraAdaptation vera, Tensor like, AdapterTensors tensors) {
        VeraProjection projection = new VeraProjection();
        tensors.whenComplete(() -> projection.make(vera, like, tensors));
        return projection;
    }

    private void make(VeraAdaptation vera, Tensor like, AdapterTensors tensors) {
        downRI = tensor(vera, DOWN, like, tensors, () -> random(vera.prngKey(), vera.rank(), shape)[0]);
        upOR = tensor(vera, UP, like, tensors, () -> random(vera.prngKey(), vera.rank(), shape)[1]);
    }

    private static Tensor tensor(
            VeraAdaptation vera, String name, Tensor like, AdapterTensors tensors, Supplier<Tensor> random) {
        return vera.savesProjection()
                ? tensors.constant(name, like, random)
                : tensors.keep(like, () -> random.get().to(like.scalar_type().intern()));
    }

    /** A linear of so many outputs and inputs will use it. */
    void take(long numOut, long numIn) {
        shape = shape.with(numOut, numIn);
    }

    /** Columns of A, {@code [R, length]}. */
    Tensor down(long from, long length) {
        return downRI.narrow(1, from, length);
    }

    /** Rows of B, {@code [length, R]}. */
    Tensor up(long from, long length) {
        return upOR.narrow(0, from, length);
    }

    /**
     * A and B, fp32, Kaiming-uniform for a rectifier, from the seed: A first, by libtorch's generator, as PEFT draws them. Owned
     * by the current scope.
     */
    static Tensor[] random(int prngKey, int rank, Shape shape) {
        Generator generator = torch.make_generator_cpu(prngKey);
        return new Tensor[] {
            uniform(generator, rank, shape.numIn()), uniform(generator, shape.numOut(), rank),
        };
    }

    private static Tensor uniform(Generator generator, long rows, long columns) {
        double bound = Math.sqrt(6.0 / columns);
        return torch.empty(new long[] {rows, columns}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional())
                .uniform_(-bound, bound, new GeneratorOptional(generator));
    }
}
