package dev.packtrain.pipeline.page;

import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The headline figures, and where every row and every token went. */
final class AccountSection {
    private AccountSection() {}

    static void write(Html html, PrepareReport report) {
        tiles(html, report);
        Manifest.Counts counts = report.counts();
        long before = report.audit().tokens().tokensBeforeLimits();
        Section.open(
                html,
                "account",
                "Where everything went",
                "What entered is what left plus what was put aside, to the row and to the token.");
        html.leaf("h3", Shown.count(counts.rowsRead(), "row", "rows"));
        Section.bar(html, rows(report));
        html.leaf("h3", Shown.count(before, "token", "tokens") + " of the kept rows");
        Section.bar(html, tokens(report));
        html.leaf(
                "p",
                "%s before the limits = %s in packs + %s dropped"
                        .formatted(
                                Shown.count(before), Shown.count(counts.tokens()), Shown.count(counts.tokensDropped())),
                "class",
                "equation");
        html.close();
    }

    private static void tiles(Html html, PrepareReport report) {
        Manifest.Counts counts = report.counts();
        long examples = report.audit().examples();
        html.open("div", "class", "tiles");
        tile(html, Shown.count(counts.rowsKept()), "rows kept", "of " + Shown.count(counts.rowsRead()) + " read");
        tile(
                html,
                Shown.count(examples),
                examples == 1 ? "example" : "examples",
                examples == counts.rowsKept() ? "one a row" : "rows that were too long were split");
        tile(
                html,
                Shown.count(counts.tokens()),
                "tokens",
                Shown.mean(report.lengths().mean()) + " an example");
        tile(
                html,
                Shown.percent(counts.labelTokens(), counts.tokens()),
                "take a loss",
                Shown.count(counts.labelTokens()) + " label tokens");
        tile(
                html,
                Shown.count(counts.packs()),
                counts.packs() == 1 ? "pack" : "packs",
                Shown.mean(counts.packs() == 0 ? 0 : (double) examples / counts.packs()) + " examples each");
        tile(html, Shown.percent(report.padding().packed()), "padding", "in the packs");
        html.close();
    }

    private static void tile(Html html, String figure, String what, String more) {
        html.open("div")
                .leaf("b", figure)
                .leaf("span", what)
                .leaf("small", more)
                .close();
    }

    private static List<Section.Part> rows(PrepareReport report) {
        Manifest.Counts counts = report.counts();
        long whole = counts.rowsKept() - counts.rowsTruncated();
        return List.of(
                part("kept", "kept whole", whole, counts.rowsRead()),
                part("cut", "kept, but lost tokens", counts.rowsTruncated(), counts.rowsRead()),
                part("lost", "put aside", counts.rowsRejected(), counts.rowsRead()));
    }

    private static List<Section.Part> tokens(PrepareReport report) {
        Manifest.Counts counts = report.counts();
        long before = report.audit().tokens().tokensBeforeLimits();
        List<Section.Part> parts = new ArrayList<>();
        parts.add(part("kept", "in packs, with a loss", counts.labelTokens(), before));
        parts.add(part("masked", "in packs, masked", counts.tokens() - counts.labelTokens(), before));
        report.audit()
                .tokens()
                .tokensDroppedByCause()
                .forEach((cause, tokens) -> parts.add(part(
                        "drop drop-" + cause.replace('_', '-').toLowerCase(Locale.ROOT),
                        "dropped: " + Shown.cause(cause),
                        tokens,
                        before)));
        if (counts.tokensDropped() == 0) {
            parts.add(part("lost", "dropped", 0, before));
        }
        return parts;
    }

    private static Section.Part part(String style, String label, long value, long whole) {
        return new Section.Part(style, label, value, Shown.count(value) + " · " + Shown.percent(value, whole));
    }
}
