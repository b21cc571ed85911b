package dev.packtrain.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.PrepareStage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PrepareViewTest {
    @Test
    void aLogGetsALineNowAndThen() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        AtomicLong now = new AtomicLong(5);

        try (PrepareView view = new PrepareView(new Screen(stream, stream, false), now::get)) {
            view.progress(PrepareStage.COUNTING, 1, 2);
            now.addAndGet(TimeUnit.SECONDS.toNanos(10));
            view.progress(PrepareStage.PACKING, 1_200, 34_000);
            view.progress(PrepareStage.PACKING, 1_201, 34_000);
        }

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("  preparing  packing, 1,200 of 34,000\n");
    }
}
