package dev.packtrain.pipeline.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputLockTest {
    @TempDir
    Path folder;

    private OutputFiles files;
    private org.apache.hadoop.fs.Path directory;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        directory = new org.apache.hadoop.fs.Path(folder.toUri());
        files = new OutputFiles(directory, new Configuration(false));
        file = folder.resolve(OutputLock.FILE_NAME);
    }

    @Test
    void oneJobAtATimeHoldsTheLock() throws IOException {
        try (OutputLock lock = OutputLock.acquire(files, directory, "job one")) {
            lock.requireHeld();
            assertThatThrownBy(() -> OutputLock.acquire(files, directory, "job two"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("is being written by another job (job one)");
            assertThat(file).hasContent("job one");
        }
        assertThat(folder).isEmptyDirectory();
        OutputLock.acquire(files, directory, "job two").close();
    }

    @Test
    void theLockOfADeadJobIsTakenOver() throws IOException {
        Files.writeString(file, "job dead");
        Instant past = Instant.now().minus(OutputLock.STALE).minusSeconds(1);
        Files.setLastModifiedTime(file, FileTime.from(past));
        try (OutputLock lock = OutputLock.acquire(files, directory, "job two")) {
            lock.requireHeld();
            assertThat(file).hasContent("job two");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theFreshLockOfAProcessThatDiedOnThisHostIsTakenOverAtOnce() throws IOException {
        LockOwner me = LockOwner.me();
        Files.writeString(file, new LockOwner("gone", me.host(), me.pid(), me.startedMillis() - 1).toText());
        try (OutputLock lock = OutputLock.acquire(files, directory, me.toText())) {
            lock.requireHeld();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theFreshLockOfALivingProcessOrOfAnotherHostStands() throws IOException {
        LockOwner me = LockOwner.me();
        for (LockOwner other : List.of(me, new LockOwner("far", "another host", 1, 0))) {
            Files.writeString(file, other.toText());
            assertThatThrownBy(() -> OutputLock.acquire(files, directory, "job two"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(other.describe());
        }
    }

    @Test
    void aJobThatLostItsLockMustNotCommitAndLeavesTheOthersAlone() throws IOException {
        try (OutputLock lock = OutputLock.acquire(files, directory, "job one")) {
            Files.writeString(file, "job two");
            assertThatThrownBy(lock::requireHeld)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no longer held");
        }
        assertThat(file).hasContent("job two");
    }
}
