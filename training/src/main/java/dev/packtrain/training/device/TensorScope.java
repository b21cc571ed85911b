package dev.packtrain.training.device;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Frees native objects at the end of a block of code, rather than when the garbage collector finds them: it sees small
 * Java objects, not the memory behind them.
 */
public final class TensorScope {
    private TensorScope() {}

    /** Runs {@code body} and frees every native object it made. */
    public static void run(Runnable body) {
        many(() -> {
            body.run();
            return new Tensor[0];
        });
    }

    /** Runs {@code body} and frees every native object it made; the result must not be one of them. */
    public static <T> T value(Supplier<T> body) {
        PointerScope scope = new PointerScope();
        try {
            return body.get();
        } finally {
            scope.close();
        }
    }

    /** Runs {@code body} and frees what it made, but for the result, which belongs to the scope outside. */
    public static Tensor one(Supplier<Tensor> body) {
        return many(() -> new Tensor[] {body.get()})[0];
    }

    /** Runs {@code body} and frees what it made, but for the results, which belong to the scope outside. */
    public static Tensor[] many(Supplier<Tensor[]> body) {
        PointerScope outside = PointerScope.getInnerScope();
        PointerScope scope = new PointerScope();
        try {
            Tensor[] results = body.get();
            for (Pointer result : results) {
                if (result.referenceCount() < 1) {
                    throw new IllegalArgumentException(
                            "a borrowed handle cannot leave its scope; copy it with new Tensor(handle)");
                }
                if (outside == null) {
                    result.retainReference();
                } else {
                    outside.attach(result);
                }
            }
            return results;
        } finally {
            scope.close();
        }
    }
}
