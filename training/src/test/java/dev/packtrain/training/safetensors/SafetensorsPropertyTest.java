package dev.packtrain.training.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.bytedeco.pytorch.global.torch;

class SafetensorsPropertyTest {
    @BeforeContainer
    static void start() {
        TorchRuntime.start(1);
    }

    /** A damaged file is either refused or read within its bounds: every tensor it still claims can be read. */
    @Property(tries = 300)
    void damagedFilesAreRefusedOrRead(
            @ForAll @IntRange(min = 0, max = 500) int flipAt,
            @ForAll @IntRange(min = 0, max = 7) int bit,
            @ForAll @IntRange(min = 0, max = 500) int cut)
            throws IOException {
        Path file = Files.createTempFile("damaged", ".safetensors");
        try {
            byte[] intact = intact(file);
            byte[] damaged = Arrays.copyOf(intact, Math.max(0, intact.length - (cut % 3 == 0 ? cut : 0)));
            if (damaged.length > 0) {
                damaged[flipAt % damaged.length] ^= (byte) (1 << bit);
            }
            Files.write(file, damaged);
            TensorScope.run(() -> readAll(file, damaged.length));
        } finally {
            Files.delete(file);
        }
    }

    private static void readAll(Path file, int numBytes) {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            long total = 0;
            for (TensorEntry entry : opened.tensors().values()) {
                assertThat(opened.read(entry.name()).numel() * entry.dtype().numBytes())
                        .isEqualTo(entry.numBytes());
                total += entry.numBytes();
            }
            assertThat(total).isLessThan(numBytes);
        } catch (BadInputException e) {
            assertThat(e).hasMessageContaining(file.toString());
        }
    }

    private static byte[] intact(Path file) throws IOException {
        return TensorScope.value(() -> {
            try {
                SafetensorsWriter.write(
                        file, Map.of("model.a", torch.ones(4, 4), "model.b", torch.zeros(7)), Map.of("format", "pt"));
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }
}
