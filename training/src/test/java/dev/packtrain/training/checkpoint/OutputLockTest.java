package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputLockTest {
    @TempDir
    Path dir;

    private static void never() {
        throw new AssertionError("the lock was lost");
    }

    @Test
    void oneAtATime() throws Exception {
        try (OutputLock first = OutputLock.acquire(dir, OutputLockTest::never)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> OutputLock.acquire(dir, OutputLockTest::never))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
        OutputLock.acquire(dir, OutputLockTest::never).close();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aLookFindsWhoIsAtWorkAndTakesNothing() throws Exception {
        OutputLock.requireFree(dir);
        try (OutputLock first = OutputLock.acquire(dir, OutputLockTest::never)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> OutputLock.requireFree(dir))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(
                            "is in use by process " + ProcessHandle.current().pid());
        }
        LockOwner me = LockOwner.me();
        writeOwner(new LockOwner("dead", me.host(), me.pid(), me.startedMillis() - 1));
        OutputLock.requireFree(dir);
        assertThat(dir.resolve(OutputLock.FILE_NAME)).exists();
    }

    @Test
    void aDeadProcessOfThisHostIsTakenOver() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        LockOwner me = LockOwner.me();
        writeOwner(new LockOwner("dead", me.host(), ended.pid(), me.startedMillis()));
        OutputLock.acquire(dir, OutputLockTest::never).close();
        // A process number that lives, but belongs to a later process.
        writeOwner(new LockOwner("reused", me.host(), me.pid(), me.startedMillis() - 1));
        OutputLock.acquire(dir, OutputLockTest::never).close();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void aSilentLockOfAnotherHostIsTakenOverOnlyAfterWatchingIt() throws Exception {
        writeOwner(new LockOwner("far", "another host", 1, 0));
        long start = System.nanoTime();
        Duration silence = Duration.ofMillis(600);
        List<String> waits = new ArrayList<>();
        OutputLock.Watcher watcher = new OutputLock.Watcher() {
            @Override
            public void lost() {
                never();
            }

            @Override
            public void waiting(String what) {
                waits.add(what);
            }
        };
        OutputLock.acquire(dir, watcher, silence).close();
        assertThat(waits).singleElement(STRING).contains("the lock of process 1 on another", "waiting up to 0 s");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(silence.toNanos());
        assertThat(OutputLock.SILENCE).isGreaterThan(OutputLock.HEARTBEAT.multipliedBy(4));
    }

    @Test
    void aLockThatIsTakenAwayIsNoticed() throws Exception {
        CountDownLatch lost = new CountDownLatch(1);
        try (OutputLock lock = OutputLock.acquire(dir, lost::countDown)) {
            assertThat(lock).isNotNull();
            writeOwner(new LockOwner("thief", "another host", 1, 0));
            assertThat(lost.await(5, TimeUnit.MINUTES)).isTrue();
        }
        assertThat(dir.resolve(OutputLock.FILE_NAME)).exists();
    }

    private void writeOwner(LockOwner owner) throws Exception {
        Files.writeString(dir.resolve(OutputLock.FILE_NAME), owner.toText());
    }
}
