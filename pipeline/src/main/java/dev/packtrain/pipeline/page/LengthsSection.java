package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.LengthStatistics;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;

/** How long the examples are. */
final class LengthsSection {
    /** Share of the width that the column of the outliers takes. */
    private static final double OUTLIERS = 0.05;
    /** Share of the width that a quantile's name takes: closer ones would write over each other. */
    private static final double MARK_WIDTH = 0.18;

    private final LengthHistogram lengths;
    private final long highest;
    private final boolean outliers;
    /** Where the buckets of equal width end. */
    private final int regular;

    private LengthsSection(LengthHistogram lengths) {
        this.lengths = lengths;
        List<LengthHistogram.Bucket> buckets = lengths.buckets();
        this.highest =
                buckets.stream().mapToLong(LengthHistogram.Bucket::count).max().orElse(1);
        this.outliers = lengths.hasOutliers();
        this.regular = buckets.get(buckets.size() - (outliers ? 2 : 1)).to();
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
                Shown.mean(whole.std()),
                Shown.count(whole.min()),
                Shown.count(whole.p10()),
                Shown.count(whole.p50()),
                Shown.count(whole.p90()),
                Shown.count(whole.p99()),
                Shown.count(whole.max())));
        rows.add(row("source", report.audit().sourceLengths()));
        rows.add(row("target", report.audit().targetLengths()));
        Section.table(
                html,
                List.of("Tokens", "#mean", "#deviation", "#shortest", "#10 %", "#median", "#90 %", "#99 %", "#longest"),
                rows);
        html.close();
    }

    private static List<String> row(String what, LengthStatistics of) {
        return List.of(
                what,
                Shown.mean(of.mean()),
                Shown.mean(of.std()),
                Shown.count(of.min()),
                Shown.count(of.p10()),
                Shown.count(of.p50()),
                Shown.count(of.p90()),
                Shown.count(of.p99()),
                Shown.count(of.max()));
    }

    /** Where a length lies, from 0 to 1; what is longer than the last regular bucket lies in the last column. */
    private double x(double length) {
        return Math.min(length, regular) / regular * (outliers ? 1 - OUTLIERS : 1);
    }

    private void draw(Html html) {
        html.open("div", "class", "histogram");
        marks(html);
        Svg svg = Svg.stretched(html, "How many examples have how many tokens");
        for (int i = 0; i < lengths.buckets().size(); i++) {
            LengthHistogram.Bucket bucket = lengths.buckets().get(i);
            boolean last = outliers && i == lengths.buckets().size() - 1;
            double from = last ? 1 - 0.6 * OUTLIERS : x(bucket.from() - 1);
            double to = last ? 1 : x(bucket.to());
            if (bucket.count() > 0) {
                svg.column(last ? "column far" : "column", from, to, (double) bucket.count() / highest, tip(bucket));
            }
        }
        svg.close();
        axis(html);
        html.close();
    }

    private static String tip(LengthHistogram.Bucket bucket) {
        return "%s with %s to %s tokens"
                .formatted(
                        Shown.count(bucket.count(), "example", "examples"),
                        Shown.count(bucket.from()),
                        Shown.count(bucket.to()));
    }

    private static void label(Html html, String style, double at, String text) {
        html.leaf("span", text, "class", style, "style", "left:" + Svg.number(100 * at) + "%");
    }

    private void axis(Html html) {
        html.open("p", "class", "axis");
        int step = step(regular);
        for (int length = 0; length <= regular; length += step) {
            if (x(length) < 0.91 - (outliers ? OUTLIERS : 0)) {
                label(html, "", x(length), Shown.count(length));
            }
        }
        String end = outliers ? "to " + Shown.count(lengths.max()) : Shown.count(lengths.max());
        label(html, "last", 1, end);
        html.close();
    }

    private void marks(Html html) {
        double last = Double.NEGATIVE_INFINITY;
        int[] values = {lengths.p50(), lengths.p90(), lengths.p99()};
        String[] names = {"median", "90 %", "99 %"};
        html.open("p", "class", "marks");
        for (int i = 0; i < values.length; i++) {
            double x = x(values[i]);
            if (x - last >= MARK_WIDTH) {
                label(html, x > 0.93 ? "last" : "", x, names[i] + ": " + Shown.count(values[i]));
                last = x;
            }
        }
        html.close();
    }

    /** 1, 2 or 5 times a power of ten, so that there are at most eight marks. */
    static int step(int longest) {
        int step = 1;
        for (int i = 0; longest / step > 8; i++) {
            step = i % 3 == 1 ? step / 2 * 5 : step * 2;
        }
        return step;
    }
}
