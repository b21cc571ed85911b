package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.MethodPadding;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;

/** Padding before and after packing, and what other methods would give on the same examples. */
final class PaddingSection {
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
                .orElse(0.1);
        left = Math.max(LEAST, Math.pow(10, Math.floor(Math.log10(Math.min(least, 0.1)) - 1e-9)));
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

    /** How far a bar reaches, from 0 to 1. */
    private double reach(double ratio) {
        return Math.log10(Math.max(ratio, left) / left) / Math.log10(1 / left);
    }

    private void draw(Html html) {
        int decades = (int) Math.round(-Math.log10(left));
        html.open("div", "class", "logbars", "style", "--decades:" + decades)
                .open("div", "class", "scale")
                .leaf("p", "");
        html.open("div");
        for (int decade = decades; decade >= 0; decade--) {
            html.leaf("span", Svg.number(100 * Math.pow(10, -decade)) + " %");
        }
        html.close().close();
        for (Bar bar : bars) {
            html.open("div", "class", bar.style(), "title", bar.tip())
                    .leaf("p", bar.label())
                    .open("div")
                    .leaf("i", "", "style", "width:" + Svg.number(100 * reach(bar.ratio())) + "%")
                    .leaf("b", Shown.percent(bar.ratio()))
                    .close()
                    .close();
        }
        html.close();
    }
}
