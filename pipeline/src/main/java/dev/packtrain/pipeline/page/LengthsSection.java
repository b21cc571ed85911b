package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.LengthStatistics;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;

/** How long the examples are. */
final class LengthsSection {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 240;
    private static final int TOP = 30;
    private static final int BOTTOM = 26;
    private static final int SIDE = 6;
    /** Quantile marks closer than this would write over each other. */
    private static final int MARK_WIDTH = 64;

    private final LengthHistogram lengths;
    private final long highest;
    private final int longest;

    private LengthsSection(LengthHistogram lengths) {
        this.lengths = lengths;
        this.highest = lengths.buckets().stream()
                .mapToLong(LengthHistogram.Bucket::count)
                .max()
                .orElse(1);
        this.longest = Math.max(1, lengths.max());
    }

    static void write(Html html, PrepareReport report) {
        Section.open(
                html,
                "lengths",
                "Lengths",
                "Tokens of the examples that were packed. A source is what takes no loss, a target what does.");
        new LengthsSection(report.lengths()).draw(html);
        LengthHistogram whole = report.lengths();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "whole",
                Shown.mean(whole.mean()),
                Shown.count(whole.min()),
                Shown.count(whole.p10()),
                Shown.count(whole.p50()),
                Shown.count(whole.p90()),
                Shown.count(whole.p99()),
                Shown.count(whole.max())));
        rows.add(row("source", report.audit().sourceLengths()));
        rows.add(row("target", report.audit().targetLengths()));
        Section.table(
                html, List.of("Tokens", "#mean", "#shortest", "#10 %", "#median", "#90 %", "#99 %", "#longest"), rows);
        html.close();
    }

    private static List<String> row(String what, LengthStatistics of) {
        return List.of(
                what,
                Shown.mean(of.mean()),
                Shown.count(of.min()),
                Shown.count(of.p10()),
                Shown.count(of.p50()),
                Shown.count(of.p90()),
                Shown.count(of.p99()),
                Shown.count(of.max()));
    }

    private double x(double length) {
        return SIDE + length / longest * (WIDTH - 2 * SIDE);
    }

    private double y(long count) {
        return HEIGHT - BOTTOM - (double) count / highest * (HEIGHT - BOTTOM - TOP);
    }

    private void draw(Html html) {
        Svg svg = Svg.open(html, WIDTH, HEIGHT, "How many examples have how many tokens");
        for (LengthHistogram.Bucket bucket : lengths.buckets()) {
            if (bucket.count() > 0) {
                double height = Math.max(1, HEIGHT - BOTTOM - y(bucket.count()));
                svg.rect(
                        "column",
                        x(bucket.from() - 1) + 1,
                        HEIGHT - BOTTOM - height,
                        Math.max(1, x(bucket.to()) - x(bucket.from() - 1) - 2),
                        height,
                        "%s with %s to %s tokens"
                                .formatted(
                                        Shown.count(bucket.count(), "example", "examples"),
                                        Shown.count(bucket.from()),
                                        Shown.count(bucket.to())));
            }
        }
        svg.line("base", SIDE, HEIGHT - BOTTOM, WIDTH - SIDE, HEIGHT - BOTTOM);
        axis(svg);
        marks(svg);
        svg.close();
    }

    private void axis(Svg svg) {
        int step = step(longest);
        for (int length = 0; length <= longest; length += step) {
            String anchor = length == 0 ? "axis" : x(length) > WIDTH - 30 ? "axis end" : "axis middle";
            svg.text(anchor, x(length), HEIGHT - 8, Shown.count(length));
        }
    }

    private void marks(Svg svg) {
        double last = Double.NEGATIVE_INFINITY;
        int[] values = {lengths.p50(), lengths.p90(), lengths.p99()};
        String[] names = {"median", "90 %", "99 %"};
        for (int i = 0; i < values.length; i++) {
            double x = x(values[i]);
            svg.line("mark", x, TOP - 8, x, HEIGHT - BOTTOM);
            if (x - last >= MARK_WIDTH) {
                svg.text(x > WIDTH - MARK_WIDTH ? "axis end" : "axis middle", x, TOP - 14, names[i] + " " + values[i]);
                last = x;
            }
        }
    }

    /** 1, 2 or 5 times a power of ten, so that there are at most ten marks. */
    static int step(int longest) {
        int step = 1;
        for (int i = 0; longest / step > 10; i++) {
            step = i % 3 == 1 ? step / 2 * 5 : step * 2;
        }
        return step;
    }
}
