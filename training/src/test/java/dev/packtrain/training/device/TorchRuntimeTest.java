package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchRuntimeTest {
    private static final long ELEMENTS = 100L << 20;

    /** Much native memory beside a small heap: generating with a large model, in whatever process. */
    static final class LargeTensors {
        public static void main(String[] arguments) {
            TorchRuntime.start(1);
            TensorScope.run(() -> {
                TensorFactory host = new TensorFactory(ComputeDevice.CPU);
                double sum = host.ones(ScalarType.Float, ELEMENTS).sum().item_double();
                System.out.println((long) (sum + host.ones(ScalarType.Float, 1).item_double()));
            });
        }
    }

    @Test
    void nativeMemoryIsNotCountedAgainstTheHeap(@TempDir Path dir) throws IOException, InterruptedException {
        assertThat(ChildJvm.of("64m", LargeTensors.class).output(dir)).isEqualTo(String.valueOf(ELEMENTS + 1));
    }
}
