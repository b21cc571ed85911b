package dev.packtrain.jobs.progress;

import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.PrepareStage;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows preparing: a bar on a terminal, else a line now and then; at the end what became of the rows and the padding. */
public final class PrepareView implements PrepareListener, AutoCloseable {
    private static final String LINE_UP = "\u001b[1A\r";

    private static final long LINE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Screen screen;
    private final LongSupplier nanoTime;
    private long lastLine;
    private ProgressBar bar;

    /** On a screen. */
    public PrepareView(Screen screen) {
        this(screen, System::nanoTime);
    }

    PrepareView(Screen screen, LongSupplier nanoTime) {
        this.screen = screen;
        this.nanoTime = nanoTime;
        lastLine = nanoTime.getAsLong();
    }

    @Override
    public synchronized void progress(PrepareStage stage, long done, long total) {
        String what = stage.name().toLowerCase(Locale.ROOT);
        if (!screen.terminal()) {
            if (nanoTime.getAsLong() - lastLine >= LINE_EVERY_NANOS) {
                lastLine = nanoTime.getAsLong();
                screen.line("  preparing  %s, %,d of %,d", what, done, total);
            }
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("  preparing")
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .clearDisplayOnFinish()
                    .build();
        }
        bar.maxHint(total);
        bar.stepTo(done);
        bar.setExtraMessage(what);
    }

    @Override
    public synchronized void notice(String what, String sentence) {
        close();
        screen.line("  %-10s %s", what, sentence);
    }

    /** Ends the bar; what was read, kept and packed. */
    public void summary(PrepareReport report, String directory) {
        close();
        var counts = report.counts();
        screen.line(
                "  rows       %,d read, %,d kept, %,d rejected, %,d truncated",
                counts.rowsRead(), counts.rowsKept(), counts.rowsRejected(), counts.rowsTruncated());
        if (counts.rowsRejected() > 0) {
            String reasons = report.rejectedByReason().entrySet().stream()
                    .map(each -> each.getKey() + " " + each.getValue())
                    .collect(Collectors.joining(", "));
            screen.line("  rejected   %s; see %s/rejected", reasons, directory);
        }
        screen.line(
                "  tokens     %,d in %,d packs, of them %,d labels; %,d cut off",
                counts.tokens(), counts.packs(), counts.labelTokens(), counts.tokensDropped());
        screen.line(
                "  padding    %.2f %% before packing (batches of 8), %.2f %% after",
                100 * report.padding().batched(), 100 * report.padding().packed());
        screen.line("  data       %s", directory);
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
            // The bar leaves an empty line; what comes next takes its place.
            screen.err().print(LINE_UP);
            screen.err().flush();
        }
    }
}
