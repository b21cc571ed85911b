package dev.packtrain.pipeline.page;

import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.PreparedWith;
import dev.packtrain.pipeline.report.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code report.html}: the figures of {@code report.json} for people, and a few packs to look into. One file without
 * scripts, fonts or links, light or dark as its reader's screen is.
 */
public final class ReportPage {
    /** Name of the file in the directory of a data set. */
    public static final String FILE_NAME = "report.html";

    /** Nothing is loaded and nothing runs, whatever the rows say. */
    private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'";

    private static final String STYLE_SHEET = "page.css";

    private ReportPage() {}

    /**
     * The page.
     *
     * @param samples packs to show, may be none
     */
    public static String of(PrepareReport report, List<PackSample> samples) {
        Html html = new Html();
        html.open("html", "lang", "en");
        head(html, report.audit().with());
        html.open("body").open("main");
        header(html, report);
        AccountSection.write(html, report);
        PaddingSection.write(html, report);
        LengthsSection.write(html, report);
        RowsSection.write(html, report);
        SecondsSection.write(html, report);
        PacksSection.write(html, report, samples);
        html.open("footer")
                .text("Every figure is in " + PrepareReport.FILE_NAME + " beside this page; ")
                .leaf("code", "packtrain inspect DIR")
                .text(" shows the same in a terminal, and ")
                .leaf("code", "--pack N")
                .text(" any pack.")
                .close();
        return "<!DOCTYPE html>\n" + html.close().close().close().toText() + "\n";
    }

    private static void head(Html html, PreparedWith with) {
        html.open("head")
                .empty("meta", "charset", "utf-8")
                .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .empty("meta", "name", "color-scheme", "content", "light dark")
                .empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY)
                .leaf("title", "Data report: " + name(with.dataset()))
                .style(styleSheet())
                .close();
    }

    private static void header(Html html, PrepareReport report) {
        Manifest.Counts counts = report.counts();
        PreparedWith with = report.audit().with();
        html.open("header").leaf("p", "Packtrain data report", "class", "eyebrow");
        html.leaf("h1", name(with.dataset()), "title", with.dataset());
        html.open("p", "class", "lead")
                .leaf("b", Shown.count(counts.rowsRead(), "row", "rows"))
                .text(" went in. ")
                .leaf("b", Shown.count(counts.rowsKept()))
                .text(" came out as ")
                .leaf("b", Shown.count(counts.packs(), "pack", "packs"))
                .text(" of %s tokens".formatted(Shown.count(with.maxLength())))
                .text(counts.rowsRejected() == 0 ? "; none was put aside. " : ", and ");
        if (counts.rowsRejected() > 0) {
            html.leaf("b", Shown.count(counts.rowsRejected()))
                    .text(counts.rowsRejected() == 1 ? " was put aside. " : " were put aside. ");
        }
        html.leaf("b", Shown.percent(report.padding().packed()))
                .text(" of the slots are padding; padded in batches of 8, %s would be."
                        .formatted(Shown.percent(report.padding().batched())))
                .close();
        html.open("dl", "class", "facts");
        fact(html, "Format", with.format());
        fact(html, "Tokenizer", with.tokenizer());
        fact(html, "Packing", Shown.method(with.packingMethod()));
        fact(html, "Group", Shown.count(with.groupSize(), "row", "rows"));
        fact(html, "Seed", Long.toString(with.seed()));
        html.close().close();
    }

    private static void fact(Html html, String name, String value) {
        html.open("div").leaf("dt", name).leaf("dd", value).close();
    }

    private static String name(String path) {
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        String last = trimmed.substring(trimmed.lastIndexOf('/') + 1);
        return last.isEmpty() ? path : last;
    }

    private static String styleSheet() {
        try (InputStream in = ReportPage.class.getResourceAsStream(STYLE_SHEET)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
