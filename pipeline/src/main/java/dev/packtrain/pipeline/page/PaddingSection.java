package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.MethodPadding;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;

/** Padding before and after packing, and what other methods would give on the same examples. */
final class PaddingSection {
    private static final int WIDTH = 900;
    private static final int LABELS = 250;
    private static final int FIGURES = 110;
    private static final int ROW = 34;
    private static final int TOP = 26;
    /** The left end of the axis at the most; less padding than this is drawn as this. */
    private static final double LEAST = 1e-6;

    private final List<Bar> bars = new ArrayList<>();
    private final double left;

    private record Bar(String style, String label, double ratio, String tip) {}

    private PaddingSection(PrepareReport report) {
        bars.add(new Bar("before", "padded to max_length", report.padding().maxLength(), "no packing; every example"));
        bars.add(new Bar("before", "padded in batches of 8", report.padding().batched(), "no packing; input order"));
        for (MethodPadding method : report.audit().paddingByMethod()) {
            boolean bound = method.method().equals(MethodPadding.BOUND);
            boolean used = method.basis() == MethodPadding.Basis.MEASURED;
            if (!method.method().equals("none") || used) {
                bars.add(new Bar(
                        bound ? "limit" : used ? "used" : "other",
                        bound ? "bound: all packs full" : Shown.method(method.method()),
                        method.paddingRatio(),
                        Shown.basis(method.basis())));
            }
        }
        double least = bars.stream()
                .mapToDouble(Bar::ratio)
                .filter(ratio -> ratio > 0)
                .min()
                .orElse(1);
        left = Math.max(LEAST, Math.pow(10, Math.floor(Math.log10(least) - 1e-9)));
    }

    static void write(Html html, PrepareReport report) {
        Section.open(
                html,
                "padding",
                "Padding, before and after",
                "Share of slots that hold no token, on the same examples. The axis is logarithmic: a bar that is one mark shorter is a tenth of the padding.");
        new PaddingSection(report).draw(html);
        List<List<String>> rows = new ArrayList<>();
        for (MethodPadding method : report.audit().paddingByMethod()) {
            rows.add(List.of(
                    Shown.method(method.method()),
                    Shown.percent(method.paddingRatio()),
                    Shown.count(method.packs()),
                    Shown.count(method.examples()),
                    Shown.basis(method.basis())));
        }
        html.open("details").leaf("summary", "Figures");
        Section.table(html, List.of("Method", "#Padding", "#Packs", "#Examples", "How it was found"), rows);
        html.close().close();
    }

    private double x(double ratio) {
        double share = Math.log10(Math.max(ratio, left) / left) / Math.log10(1 / left);
        return LABELS + share * (WIDTH - LABELS - FIGURES);
    }

    private void draw(Html html) {
        int height = TOP + bars.size() * ROW + 4;
        Svg svg = Svg.open(html, WIDTH, height, "Padding by method, on a logarithmic axis");
        for (double mark = left; mark < 1.01; mark *= 10) {
            svg.line("grid", x(mark), TOP - 6, x(mark), height - 4);
            svg.text("axis middle", x(mark), 12, mark > 0.5 ? "100 %" : Svg.number(100 * mark) + " %");
        }
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double y = TOP + i * ROW;
            svg.text("label end " + bar.style(), LABELS - 12, y + 20, bar.label());
            svg.rect(
                    "bar-" + bar.style(),
                    LABELS,
                    y + 6,
                    Math.max(3, x(bar.ratio()) - LABELS),
                    ROW - 14,
                    bar.label() + ": " + Shown.percent(bar.ratio()) + ", " + bar.tip());
            svg.text(
                    "figure " + bar.style(),
                    Math.max(LABELS + 3, x(bar.ratio())) + 8,
                    y + 20,
                    Shown.percent(bar.ratio()));
        }
        svg.close();
    }
}
