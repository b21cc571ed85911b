package dev.packtrain.training.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectFileTest {
    private static final int BUFFER = DirectFile.BUFFER_BYTES;

    @TempDir
    Path dir;

    /** Around blocks of the disk, and around what is written at a time. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4096, 4097, BUFFER - 1, BUFFER, BUFFER + 1, BUFFER + 4096, 2 * BUFFER + 4097})
    void theFileHasEveryByteAndNoMoreAndTheDigestIsItsOwn(int numBytes) throws Exception {
        byte[] content = new byte[numBytes];
        new Random(7).nextBytes(content);
        Path path = dir.resolve("file");
        Files.write(path, new byte[3 * BUFFER]);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (DirectFile file = DirectFile.create(path, List.of(digest))) {
            for (int done = 0, count = 1; done < numBytes; done += count, count = 3 * count + 1) {
                count = Math.min(count, numBytes - done);
                file.write(ByteBuffer.wrap(content, done, count));
            }
            file.finish();
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(content);
        assertThat(digest.digest())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(content));
    }

    @Test
    void withoutFinishWhatIsThereIsABeginning() throws Exception {
        byte[] content = new byte[BUFFER + BUFFER / 2];
        new Random(7).nextBytes(content);
        Path path = dir.resolve("file");
        try (DirectFile file = DirectFile.create(path, List.of())) {
            file.write(ByteBuffer.wrap(content));
        }
        byte[] written = Files.readAllBytes(path);
        assertThat(written).hasSizeBetween(BUFFER, content.length);
        assertThat(content).startsWith(written);
    }
}
