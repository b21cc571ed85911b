package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ZeroPagesTest {
    private static final int PAGE = WrittenPages.PAGE;
    private static final int NUM_PAGES = 2048;

    @Test
    void onlyWrittenPagesTakeMemory() throws IOException {
        try (ZeroPages pages = new ZeroPages((long) NUM_PAGES * PAGE)) {
            for (int round = 0; round < 3; round++) {
                assertThat(sum(pages)).isZero();
                assertThat(WrittenPages.count(pages.address(), NUM_PAGES)).isEqualTo(round == 0 ? 0 : 3);
                for (int page : new int[] {0, 7, NUM_PAGES - 1}) {
                    CollectiveCalls.putLong(pages.address() + (long) page * PAGE, page + 1);
                }
                assertThat(sum(pages)).isEqualTo(1 + 8 + NUM_PAGES);
                assertThat(WrittenPages.count(pages.address(), NUM_PAGES)).isEqualTo(3);
                pages.clear();
            }
        }
    }

    @Test
    void trimmingGivesBackPagesOfZerosAlone() throws IOException {
        try (ZeroPages pages = new ZeroPages((long) NUM_PAGES * PAGE - 100)) {
            for (int page = 0; page < NUM_PAGES; page++) {
                CollectiveCalls.putLong(pages.address() + (long) page * PAGE, page % 5 == 0 ? page + 1 : 0);
            }
            CollectiveCalls.putLong(pages.address() + 2L * PAGE - Long.BYTES, 3);
            assertThat(WrittenPages.count(pages.address(), NUM_PAGES)).isEqualTo(NUM_PAGES);
            long sum = sum(pages);
            pages.trim();
            assertThat(WrittenPages.count(pages.address(), NUM_PAGES)).isEqualTo(NUM_PAGES / 5 + 2);
            assertThat(sum(pages)).isEqualTo(sum);
            assertThat(CollectiveCalls.getLong(pages.address() + 2L * PAGE - Long.BYTES))
                    .isEqualTo(3);
        }
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        ZeroPages pages = new ZeroPages(PAGE);
        long address = pages.address();
        pages.close();
        pages.close();
        assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
                .noneMatch(line -> line.startsWith(Long.toHexString(address)));
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
}
