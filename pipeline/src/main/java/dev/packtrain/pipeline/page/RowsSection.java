package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.RejectedRow;
import dev.packtrain.pipeline.report.Shown;
import dev.packtrain.pipeline.report.SourceFigures;
import dev.packtrain.pipeline.report.TokenBalance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows that were put aside, rows that lost tokens, and rows and tokens by source. */
final class RowsSection {
    private RowsSection() {}

    static void write(Html html, PrepareReport report) {
        rejected(html, report);
        truncated(html, report);
        sources(html, report);
    }

    /** Bars with a label before and a figure behind each, as long as their shares of the largest. */
    private static void bars(Html html, Map<String, Long> figures, String style) {
        long largest =
                figures.values().stream().mapToLong(Long::longValue).max().orElse(1);
        html.open("dl", "class", "bars");
        figures.forEach((label, value) -> html.open("div")
                .leaf("dt", label)
                .open("dd")
                .leaf("i", "", "class", style, "style", "width:" + Svg.number(60.0 * value / largest) + "%")
                .leaf("b", Shown.count(value))
                .close()
                .close());
        html.close();
    }

    private static void rejected(Html html, PrepareReport report) {
        long rows = report.counts().rowsRejected();
        Section.open(
                html,
                "rejected",
                "Put aside",
                rows == 0
                        ? "Every row was used."
                        : "%s left out of the packs; rejected/ has all of them, with file, line and reason."
                                .formatted(Shown.count(rows, "row", "rows")));
        if (rows > 0) {
            Map<String, Long> figures = new LinkedHashMap<>();
            report.rejectedByReason().entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .forEach(reason -> figures.put(Shown.words(reason.getKey()), reason.getValue()));
            bars(html, figures, "lost");
        }
        if (!report.audit().firstRejected().isEmpty()) {
            html.leaf("h3", "The first of each kind").open("ul", "class", "rejects");
            for (RejectedRow row : report.audit().firstRejected()) {
                html.open("li")
                        .open("p")
                        .leaf("b", Shown.words(row.kind()))
                        .leaf("span", row.file() + ":" + row.line(), "class", "where")
                        .close()
                        .leaf("p", row.reason())
                        .leaf("pre", row.row(), "dir", "auto")
                        .close();
            }
            html.close();
        }
        html.close();
    }

    private static void truncated(Html html, PrepareReport report) {
        TokenBalance tokens = report.audit().tokens();
        long rows = report.counts().rowsTruncated();
        Section.open(
                html,
                "truncated",
                "Cut to length",
                rows == 0
                        ? "No kept row lost a token."
                        : "%s lost %s; a row may stand under several causes."
                                .formatted(
                                        Shown.count(rows, "row", "rows"),
                                        Shown.count(report.counts().tokensDropped(), "token", "tokens")));
        if (rows > 0) {
            List<List<String>> table = new ArrayList<>();
            tokens.tokensDroppedByCause()
                    .forEach((cause, dropped) -> table.add(List.of(
                            Shown.cause(cause),
                            Shown.count(tokens.rowsTruncatedByCause().get(cause)),
                            Shown.count(dropped),
                            Shown.percent(dropped, tokens.tokensBeforeLimits()))));
            Section.table(html, List.of("Cause", "#Rows", "#Tokens", "#Of all tokens"), table);
        }
        html.close();
    }

    private static void sources(Html html, PrepareReport report) {
        List<SourceFigures> sources = report.audit().sources();
        Section.open(
                html, "sources", "Sources", Shown.count(sources.size(), "source", "sources") + ", the largest first.");
        List<List<String>> table = new ArrayList<>();
        for (SourceFigures source : sources) {
            table.add(List.of(
                    source.name(),
                    Shown.count(source.rowsRead()),
                    Shown.count(source.rowsKept()),
                    Shown.count(source.rowsRejected()),
                    Shown.count(source.examples()),
                    Shown.count(source.tokens()),
                    Shown.count(source.labelTokens()),
                    Shown.count(source.tokensDropped()),
                    Shown.percent(source.tokens(), report.counts().tokens())));
        }
        Section.table(
                html,
                List.of(
                        "Source",
                        "#Rows",
                        "#Kept",
                        "#Put aside",
                        "#Examples",
                        "#Tokens",
                        "#With a loss",
                        "#Dropped",
                        "#Share"),
                table);
        html.close();
    }
}
