package dev.packtrain.jobs.doctor;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Whether libtorch loads, with MKL, and multiplies. Tensor suffixes: N = 64. */
final class LibtorchCheck implements Check {
    private static final int N = 64;
    private static final Path LOADED = Path.of("/proc/self/maps");

    private final int numThreads;

    LibtorchCheck(int numThreads) {
        this.numThreads = numThreads;
    }

    @Override
    public String what() {
        return "libtorch";
    }

    @Override
    public Finding run() throws IOException {
        TorchRuntime.start(numThreads);
        float sum = TensorScope.value(() -> {
            Tensor onesNN = new TensorFactory(ComputeDevice.CPU).ones(ScalarType.Float, N, N);
            return torch.matmul(onesNN, onesNN).sum().item_float();
        });
        String found = "%s, %d threads, a %d x %d product".formatted(version(), torch.get_num_threads(), N, N);
        if (sum != (float) N * N * N) {
            return Finding.fail(
                    "%s sums to %s; wanted %d".formatted(found, sum, N * N * N),
                    "remove ~/.javacpp/cache, so that libtorch is unpacked anew");
        }
        return mkl(found + " is right");
    }

    private static Finding mkl(String found) throws IOException {
        if (!Files.isReadable(LOADED)) {
            return Finding.ok(found);
        }
        String maps = Files.readString(LOADED, StandardCharsets.ISO_8859_1);
        return maps.contains("/libmkl_")
                ? Finding.ok(found + ", by MKL")
                : Finding.warn(
                        found + ", but not by MKL, which is several times as fast here",
                        "start Java with -Dorg.bytedeco.openblas.load=mkl, and with mkl's jars on the class path");
    }

    private static String version() throws IOException {
        return Loader.getVersion("org.bytedeco", "pytorch");
    }
}
