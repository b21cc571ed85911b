package dev.packtrain.training.device;

import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/** Loads libtorch and fixes what must be fixed before its first use. */
public final class TorchRuntime {
    /**
     * What JavaCPP is told. OpenBLAS's own threads fight OpenMP's, and MKL shares them. And by itself JavaCPP refuses native memory
     * once the process has four times its Java heap; here models are native and heaps small.
     */
    private static final Map<String, String> PROPERTIES = Map.of(
            "org.bytedeco.openblas.load", "mkl",
            "org.bytedeco.javacpp.maxBytes", "0",
            "org.bytedeco.javacpp.maxPhysicalBytes", "0");

    /** Variants of libraries that JavaCPP looks for beside the plain ones; empty: none. */
    private static final String VARIANTS = "org.bytedeco.javacpp.platform.extension";

    private static final String GPU_VARIANT = "-gpu";

    private TorchRuntime() {}

    /**
     * Loads libtorch with MKL in OpenBLAS's place, without JavaCPP's limits of memory and, but for libtorch's GPU build, without
     * its search for variants of libraries (unless the system properties {@code org.bytedeco.*} say otherwise; they hold for the
     * whole process) and sets it up for repeatable results. To be called before any other use of libtorch in the process;
     * calling again changes the number of threads.
     *
     * @param numThreads threads of one operation, at least 1; results depend on it in the last bits
     */
    public static void start(int numThreads) {
        if (numThreads < 1) {
            throw new IllegalArgumentException("wanted at least 1 thread, got " + numThreads);
        }
        PROPERTIES.forEach((name, value) -> System.setProperty(name, System.getProperty(name, value)));
        if (!hasGpuBuild() && System.getProperty(VARIANTS) == null) {
            // Else it looks for 40 libraries of CUDA in every jar of the class path, at each start, again and again.
            System.setProperty(VARIANTS, "");
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

    /** Whether the libtorch of the class path is the one built with CUDA. */
    private static boolean hasGpuBuild() {
        String folder = Loader.getPlatform() + GPU_VARIANT;
        return torch.class.getResource("/org/bytedeco/pytorch/" + folder + "/libjnitorch.so") != null;
    }
}
