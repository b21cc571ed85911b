package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AllocatorLibraryTest {
    @TempDir
    private Path dir;

    @Test
    void tcmallocIsTakenWhereItIsAndAnyLibraryThatIsNamed() throws IOException {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        List<Path> directories = List.of(empty, dir);
        Path jemalloc = Files.createFile(dir.resolve("libjemalloc.so.2"));
        assertThat(AllocatorLibrary.find(AllocatorLibrary.AUTO, directories).path())
                .isEmpty();
        Path whole = Files.createFile(dir.resolve("libtcmalloc.so.4"));
        assertThat(AllocatorLibrary.find(AllocatorLibrary.AUTO, directories).path())
                .contains(whole);
        Path minimal = Files.createFile(dir.resolve("libtcmalloc_minimal.so.4"));
        assertThat(AllocatorLibrary.find(AllocatorLibrary.AUTO, directories).path())
                .contains(minimal);
        assertThat(AllocatorLibrary.find(AllocatorLibrary.SYSTEM, directories).path())
                .isEmpty();
        assertThat(AllocatorLibrary.find(jemalloc.toString(), directories).path())
                .contains(jemalloc);
    }

    @Test
    void aLibraryThatIsNotThereIsAnError() {
        String absent = dir.resolve("none.so").toString();
        assertThatThrownBy(() -> AllocatorLibrary.find(absent, List.of()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.so");
    }

    @Test
    void whatIsPreloadedAlreadyStaysInFront() throws IOException {
        Path library = Files.createFile(dir.resolve("libtcmalloc.so.4"));
        AllocatorLibrary allocator = AllocatorLibrary.find(AllocatorLibrary.AUTO, List.of(dir));
        Map<String, String> environment = new HashMap<>(Map.of("LD_PRELOAD", "/lib/first.so"));
        allocator.preload(environment);
        assertThat(environment).containsEntry("LD_PRELOAD", "/lib/first.so " + library);
        Map<String, String> fresh = new HashMap<>();
        allocator.preload(fresh);
        assertThat(fresh).containsEntry("LD_PRELOAD", library.toString());
    }

    @Test
    void theCLibraryOwnChangesNothing() {
        Map<String, String> environment = new HashMap<>();
        AllocatorLibrary.find(AllocatorLibrary.AUTO, List.of()).preload(environment);
        assertThat(environment).isEmpty();
    }
}
