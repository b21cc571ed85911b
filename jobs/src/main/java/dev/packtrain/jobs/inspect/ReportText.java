package dev.packtrain.jobs.inspect;

import dev.packtrain.jobs.inspect.TerminalPaper.Ink;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.LengthStatistics;
import dev.packtrain.pipeline.report.MethodPadding;
import dev.packtrain.pipeline.report.Shown;
import dev.packtrain.pipeline.report.SourceFigures;
import java.util.List;
import java.util.function.Consumer;

/** What {@code report.json} says, for a terminal: the same figures as on {@code report.html}. */
final class ReportText {
    private static final int HISTOGRAM_LINES = 5;
    private static final int LABEL_WIDTH = 31;
    private static final int FIGURE_WIDTH = 10;
    /** Least padding that a bar tells apart from none. */
    private static final double LEAST = 1e-6;

    private final TerminalPaper paper;
    private final Consumer<String> out;

    ReportText(TerminalPaper paper, Consumer<String> out) {
        this.paper = paper;
        this.out = out;
    }

    void show(PrepareReport report) {
        account(report);
        padding(report);
        lengths(report);
        rejected(report);
        if (report.audit().sources().size() > 1) {
            sources(report);
        }
        heading("seconds");
        report.seconds().forEach((stage, seconds) -> line(Shown.words(stage), Shown.seconds(seconds), ""));
    }

    private void heading(String text) {
        out.accept("");
        out.accept("  " + paper.in(Ink.BOLD, text));
    }

    private void line(String label, String figure, String more) {
        String name = label.length() > LABEL_WIDTH ? label.substring(0, LABEL_WIDTH - 1) + "…" : label;
        out.accept(("    %-" + LABEL_WIDTH + "s %" + FIGURE_WIDTH + "s  %s")
                .formatted(name, figure, more)
                .stripTrailing());
    }

    private void part(String label, long value, long whole, Ink ink) {
        int room = paper.width() - LABEL_WIDTH - FIGURE_WIDTH - 17;
        String bar = value == 0 || room < 4 ? "" : TerminalPaper.bar((double) value / whole, room);
        line(label, Shown.count(value), "%8s  %s".formatted(Shown.percent(value, whole), paper.in(ink, bar)));
    }

    private void account(PrepareReport report) {
        Manifest.Counts counts = report.counts();
        heading(Shown.count(counts.rowsRead(), "row", "rows"));
        part("kept whole", counts.rowsKept() - counts.rowsTruncated(), counts.rowsRead(), Ink.GREEN);
        part("kept, but lost tokens", counts.rowsTruncated(), counts.rowsRead(), Ink.YELLOW);
        part("put aside", counts.rowsRejected(), counts.rowsRead(), Ink.MAGENTA);
        long before = report.audit().tokens().tokensBeforeLimits();
        heading(Shown.count(before, "token", "tokens") + " of the kept rows");
        part("in packs, with a loss", counts.labelTokens(), before, Ink.GREEN);
        part("in packs, masked", counts.tokens() - counts.labelTokens(), before, Ink.GREY);
        report.audit()
                .tokens()
                .tokensDroppedByCause()
                .forEach((cause, tokens) -> part(Shown.cause(cause), tokens, before, Ink.MAGENTA));
    }

    private void padding(PrepareReport report) {
        heading("padding (bars are logarithmic: a decade is %d characters)".formatted(Math.round(decade(report))));
        double decade = decade(report);
        bar("padded to max_length", report.padding().maxLength(), decade, Ink.GREY);
        bar("padded in batches of 8", report.padding().batched(), decade, Ink.GREY);
        for (MethodPadding method : report.audit().paddingByMethod()) {
            boolean used = method.basis() == MethodPadding.Basis.MEASURED;
            if (!method.method().equals("none") || used) {
                bar(Shown.method(method.method()), method.paddingRatio(), decade, used ? Ink.GREEN : Ink.GREY);
            }
        }
    }

    private double decade(PrepareReport report) {
        double least = report.audit().paddingByMethod().stream()
                .mapToDouble(MethodPadding::paddingRatio)
                .filter(ratio -> ratio > LEAST)
                .min()
                .orElse(0.1);
        return (paper.width() - LABEL_WIDTH - FIGURE_WIDTH - 7) / -Math.log10(Math.min(least, 0.5) / 2);
    }

    private void bar(String label, double ratio, double decade, Ink ink) {
        int room = paper.width() - LABEL_WIDTH - FIGURE_WIDTH - 7;
        double characters = room + decade * Math.log10(Math.max(ratio, LEAST));
        line(label, Shown.percent(ratio), paper.in(ink, ratio == 0 ? "" : TerminalPaper.bar(characters / room, room)));
    }

    private void lengths(PrepareReport report) {
        LengthHistogram lengths = report.lengths();
        heading("lengths of %s, in tokens".formatted(Shown.count(report.audit().examples(), "example", "examples")));
        long highest = lengths.buckets().stream()
                .mapToLong(LengthHistogram.Bucket::count)
                .max()
                .orElse(1);
        List<Double> heights = lengths.buckets().stream()
                .map(bucket -> (double) bucket.count() / highest)
                .toList();
        TerminalPaper.columns(heights, HISTOGRAM_LINES)
                .forEach(row -> out.accept("    " + paper.in(Ink.GREEN, row.stripTrailing())));
        String end = (lengths.hasOutliers() ? "to " : "") + Shown.count(lengths.max());
        out.accept("    1" + " ".repeat(Math.max(1, heights.size() - 1 - end.length())) + end);
        String format = "    %-8s%8s%7s%10s%8s%8s%8s%8s%9s";
        out.accept(paper.in(
                Ink.GREY,
                format.formatted("", "mean", "std", "shortest", "10 %", "median", "90 %", "99 %", "longest")));
        statistics(
                format,
                "whole",
                new LengthStatistics(
                        lengths.mean(),
                        lengths.std(),
                        lengths.min(),
                        lengths.p10(),
                        lengths.p50(),
                        lengths.p90(),
                        lengths.p99(),
                        lengths.max()));
        statistics(format, "source", report.audit().sourceLengths());
        statistics(format, "target", report.audit().targetLengths());
    }

    private void statistics(String format, String what, LengthStatistics of) {
        out.accept(format.formatted(
                what,
                Shown.mean(of.mean()),
                Shown.mean(of.std()),
                Shown.count(of.min()),
                Shown.count(of.p10()),
                Shown.count(of.p50()),
                Shown.count(of.p90()),
                Shown.count(of.p99()),
                Shown.count(of.max())));
    }

    private void rejected(PrepareReport report) {
        if (report.counts().rowsRejected() > 0) {
            heading("put aside");
            report.rejectedByReason()
                    .forEach((reason, rows) ->
                            part(Shown.words(reason), rows, report.counts().rowsRejected(), Ink.MAGENTA));
        }
    }

    private void sources(PrepareReport report) {
        heading("sources");
        for (SourceFigures source : report.audit().sources()) {
            String name = Printable.of(source.name());
            int room = Math.max(12, paper.width() - 52);
            String shown = name.length() > room ? "…" + name.substring(name.length() - room + 1) : name;
            out.accept(("    %-" + room + "s%12s rows%14s tokens%9s")
                    .formatted(
                            shown,
                            Shown.count(source.rowsRead()),
                            Shown.count(source.tokens()),
                            Shown.percent(source.tokens(), report.counts().tokens())));
        }
    }
}
