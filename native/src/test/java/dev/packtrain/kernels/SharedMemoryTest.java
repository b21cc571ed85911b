package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.kernels.SharedMemory.SharedMemoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
    private static final long BYTES = 1 << 16;

    @Test
    void whatOneWritesTheOtherReadsAfterItsCounter() throws Exception {
        try (SharedMemory mine = SharedMemory.create(BYTES);
                SharedMemory theirs = SharedMemory.open(mine.path(), BYTES)) {
            assertThat(theirs.address()).isNotEqualTo(mine.address());
            CompletableFuture<Long> other = CompletableFuture.supplyAsync(() -> {
                long sum = 0;
                for (int turn = 1; turn <= 20_000; turn++) {
                    assertThat(theirs.await(0, turn, 10_000)).isTrue();
                    sum += theirs.getLong(128);
                    theirs.publish(64, turn);
                }
                return sum;
            });
            for (int turn = 1; turn <= 20_000; turn++) {
                mine.putLong(128, turn);
                mine.publish(0, turn);
                assertThat(mine.await(64, turn, 10_000)).isTrue();
            }
            assertThat(other.get()).isEqualTo(20_000L * 20_001 / 2);
        }
    }

    @Test
    void aWaitEndsAtItsDeadlineAndCountersWrapAround() {
        try (SharedMemory memory = SharedMemory.create(BYTES)) {
            long start = System.nanoTime();
            assertThat(memory.await(0, 1, 50)).isFalse();
            assertThat(System.nanoTime() - start).isBetween(45_000_000L, 5_000_000_000L);
            memory.publish(0, Integer.MAX_VALUE);
            assertThat(memory.await(0, Integer.MAX_VALUE - 1, 0)).isTrue();
            assertThat(memory.await(0, Integer.MIN_VALUE, 0)).isFalse();
            memory.publish(0, Integer.MIN_VALUE);
            assertThat(memory.await(0, Integer.MAX_VALUE, 0)).isTrue();
        }
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        SharedMemory.create(BYTES).close();
        long before = numDescriptors();
        for (int i = 0; i < 50; i++) {
            try (SharedMemory mine = SharedMemory.create(BYTES);
                    SharedMemory theirs = SharedMemory.open(mine.path(), BYTES)) {
                mine.seal();
                theirs.seal();
                theirs.putLong(0, i);
                assertThat(mine.getLong(0)).isEqualTo(i);
                assertThat(maps()).contains("packtrain-collectives");
            }
        }
        assertThat(numDescriptors()).isLessThanOrEqualTo(before + 2);
        assertThat(maps()).doesNotContain("packtrain-collectives");
    }

    private static long numDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    private static String maps() throws IOException {
        return Files.readString(Path.of("/proc/self/maps"));
    }

    @Test
    void onlyTheMemoryItselfIsOpened() throws IOException {
        Path file = Files.createTempFile("not-shared", ".bin");
        try (SharedMemory memory = SharedMemory.create(BYTES)) {
            assertThatThrownBy(() -> SharedMemory.open(memory.path(), 2 * BYTES))
                    .isInstanceOf(SharedMemoryException.class);
            assertThatThrownBy(() -> SharedMemory.open("/proc/self/fd/999999", BYTES))
                    .isInstanceOf(SharedMemoryException.class)
                    .hasMessageContaining("cannot be opened (errno 2)");
            assertThatThrownBy(() -> SharedMemory.open("/dev/null", 0)).isInstanceOf(SharedMemoryException.class);
            assertThatThrownBy(() -> memory.getLong(8)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> memory.publish(BYTES, 1)).isInstanceOf(IllegalArgumentException.class);
        } finally {
            Files.delete(file);
        }
        assertThatThrownBy(() -> SharedMemory.create((1L << 30) + 1))
                .isInstanceOf(SharedMemoryException.class)
                .hasMessageContaining("cannot be shared");
    }
}
