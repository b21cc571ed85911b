package dev.packtrain.training.device;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/** Loads libtorch and fixes what must be fixed before its first use. */
public final class TorchRuntime {
    private static final String BLAS_PROPERTY = "org.bytedeco.openblas.load";

    private TorchRuntime() {}

    /**
     * Loads libtorch with MKL in OpenBLAS's place (unless the system property {@code org.bytedeco.openblas.load} says
     * otherwise) and sets it up for repeatable results. To be called before any other use of libtorch in the process;
     * calling again changes the number of threads.
     *
     * @param numThreads threads of one operation, at least 1; results depend on it in the last bits
     */
    public static void start(int numThreads) {
        if (numThreads < 1) {
            throw new IllegalArgumentException("wanted at least 1 thread, got " + numThreads);
        }
        if (System.getProperty(BLAS_PROPERTY) == null) {
            System.setProperty(BLAS_PROPERTY, "mkl");
        }
        Loader.load(torch.class);
        torch.set_num_threads(numThreads);
        TensorScope.run(() -> {
            Context context = torch.globalContext();
            context.setDeterministicAlgorithms(true, false);
            // Else every empty() is filled with NaN, for nothing: no kernel here reads what it has not written.
            context.setDeterministicFillUninitializedMemory(false);
        });
    }
}
