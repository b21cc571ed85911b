package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ZeroPagesTest {
    private static final int PAGE = 4096;
    private static final int NUM_PAGES = 2048;

    @Test
    void onlyWrittenPagesTakeMemoryAndOnlyUntilTheyAreCleared() throws IOException {
        try (ZeroPages pages = new ZeroPages((long) NUM_PAGES * PAGE)) {
            for (int round = 0; round < 3; round++) {
                assertThat(sum(pages)).isZero();
                assertThat(residentPages(pages)).isZero();
                for (int page : new int[] {0, 7, NUM_PAGES - 1}) {
                    CollectiveCalls.putLong(pages.address() + (long) page * PAGE, page + 1);
                }
                assertThat(sum(pages)).isEqualTo(1 + 8 + NUM_PAGES);
                assertThat(residentPages(pages)).isEqualTo(3);
                pages.clear();
            }
        }
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        ZeroPages pages = new ZeroPages(PAGE);
        long address = pages.address();
        pages.close();
        pages.close();
        assertThat(Files.readAllLines(Path.of("/proc/self/maps"))).noneMatch(line -> line.startsWith(hex(address)));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> new ZeroPages(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ZeroPages(1L << 60))
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessageContaining("errno");
    }

    private static long sum(ZeroPages pages) {
        long sum = 0;
        for (int page = 0; page < NUM_PAGES; page++) {
            sum += CollectiveCalls.getLong(pages.address() + (long) page * PAGE);
        }
        return sum;
    }

    /** Pages that the process has all to itself: the system's page of zeros is not one. */
    private static long residentPages(ZeroPages pages) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        int at = 0;
        while (!lines.get(at).startsWith(hex(pages.address()) + "-")) {
            at++;
        }
        while (!lines.get(at).startsWith("Anonymous:")) {
            at++;
        }
        return Long.parseLong(lines.get(at).replaceAll("\\D", "")) * 1024 / PAGE;
    }

    private static String hex(long address) {
        return Long.toHexString(address);
    }
}
