package dev.packtrain.pipeline.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.encode.DroppedTokens;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.report.Audit;
import dev.packtrain.pipeline.report.AuditTotals;
import dev.packtrain.pipeline.report.GroupFigures;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.MethodPadding;
import dev.packtrain.pipeline.report.Padding;
import dev.packtrain.pipeline.report.PreparedWith;
import dev.packtrain.pipeline.report.RejectedRow;
import dev.packtrain.pipeline.report.Shown;
import dev.packtrain.pipeline.report.SourceFigures;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** The page says what the report says, and whatever the rows contain stays text. */
class ReportPageTest {
    private static final String HOSTILE = "<script>alert('1')</script> & \"]]> <!-- \u0000\u001b[2J\ud800 ";
    private static final int MAX_LENGTH = 2048;

    private static PrepareReport report() {
        GroupFigures figures = new GroupFigures(MAX_LENGTH);
        for (int row = 0; row < 1203; row++) {
            int[] ids = IntStream.range(0, 20 + row % 97).toArray();
            int[] labels = ids.clone();
            for (int i = 0; i < 7; i++) {
                labels[i] = TokenizedExample.IGNORE_INDEX;
            }
            DroppedTokens dropped = row % 100 == 0 ? new DroppedTokens(11, 5, 0, 0) : DroppedTokens.NONE;
            figures.kept("part-" + row % 2, new Encoded(List.of(new TokenizedExample(row, ids, labels)), dropped));
        }
        figures.rejected(HOSTILE);
        AuditTotals totals = new AuditTotals();
        totals.add(0, figures.summary());
        Audit audit = totals.audit(
                new PreparedWith(HOSTILE, "src_tgt", "reference", "best_fit_decreasing", 16_384, MAX_LENGTH, 7),
                41,
                List.of(new RejectedRow("a.jsonl", 3, "malformed_json", HOSTILE, HOSTILE)));
        long tokens = audit.tokens().tokensBeforeLimits() - totals.tokensDropped();
        long labels =
                audit.sources().stream().mapToLong(SourceFigures::labelTokens).sum();
        return new PrepareReport(
                new Manifest.Counts(1204, 1203, 1, totals.rowsTruncated(), tokens, labels, totals.tokensDropped(), 41),
                new Padding(
                        Padding.ratio(tokens, 41L * MAX_LENGTH),
                        Padding.ratio(tokens, totals.batchedSlots()),
                        Padding.ratio(tokens, 1203L * MAX_LENGTH)),
                Map.of("malformed_json", 1L),
                LengthHistogram.of(totals.lengthCounts()),
                5.5,
                Map.of("total", 12.5, "counting", 1.5, "tokenizing_and_packing", 11.0),
                audit);
    }

    private static List<PackSample> samples() {
        PackSample.Piece masked =
                new PackSample.Piece(HOSTILE, List.of(17, 18), 0, PackSample.Kind.MASKED, false, null);
        PackSample.Piece learnt = new PackSample.Piece("</s>", List.of(2), 2, PackSample.Kind.LEARNT, true, "chosen");
        return List.of(
                new PackSample(
                        12,
                        MAX_LENGTH,
                        List.of(
                                new PackSample.Document(4321, 0, 3, List.of(masked, learnt)),
                                new PackSample.Document(4322, 3, 2000, List.of(masked)),
                                new PackSample.Document(4323, 2003, 10, List.of()))),
                new PackSample(13, 3, List.of(new PackSample.Document(5, 0, 3, List.of(masked, learnt)))));
    }

    private static Document parsed(String page) throws Exception {
        assertThat(page).startsWith("<!DOCTYPE html>\n");
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.substring(page.indexOf('\n') + 1))));
    }

    private static List<Element> elements(Document page, String tag) {
        NodeList nodes = page.getElementsByTagName(tag);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    @Test
    void whateverRowsContainStaysTextAndNothingIsLoaded() throws Exception {
        Document page = parsed(ReportPage.of(report(), samples()));

        assertThat(elements(page, "script")).isEmpty();
        assertThat(page.getDocumentElement().getTextContent())
                .contains("<script>alert('1')</script> & \"]]> <!-- ␀␛[2J\ufffd");
        for (Element element : elements(page, "*")) {
            NamedNodeMap attributes = element.getAttributes();
            for (int i = 0; i < attributes.getLength(); i++) {
                assertThat(attributes.item(i).getNodeName())
                        .doesNotStartWith("on")
                        .isNotIn("src", "href", "srcset", "action");
            }
        }
        assertThat(elements(page, "style"))
                .singleElement()
                .extracting(Element::getTextContent)
                .asString()
                .doesNotContain("url(", "@import", "@font-face")
                .contains("prefers-color-scheme: dark");
        assertThat(elements(page, "meta"))
                .anyMatch(meta -> meta.getAttribute("content").startsWith("default-src 'none'"));
    }

    @Test
    void sectionsAndTablesStandInTheirOrder() throws Exception {
        Document page = parsed(ReportPage.of(report(), samples()));

        assertThat(elements(page, "section").stream().map(section -> section.getAttribute("id")))
                .containsExactly(
                        "account", "padding", "lengths", "rejected", "truncated", "sources", "seconds", "packs");
        assertThat(elements(page, "h2").stream().map(Element::getTextContent))
                .containsExactly(
                        "Where everything went",
                        "Padding, before and after",
                        "Lengths",
                        "Put aside",
                        "Cut to length",
                        "Sources",
                        "Time",
                        "Packs to look into");
        assertThat(elements(page, "svg")).hasSize(1);
        assertThat(parsed(ReportPage.of(report(), List.of()))
                        .getElementsByTagName("section")
                        .getLength())
                .isEqualTo(7);
    }

    @Test
    void everyFigureOfTheReportIsOnThePage() throws Exception {
        PrepareReport report = report();
        String text =
                parsed(ReportPage.of(report, samples())).getDocumentElement().getTextContent();

        List<String> wanted = new ArrayList<>();
        Manifest.Counts counts = report.counts();
        for (long count : new long[] {
            counts.rowsRead(),
            counts.rowsKept(),
            counts.rowsTruncated(),
            counts.tokens(),
            counts.labelTokens(),
            counts.tokensDropped(),
            counts.packs(),
            report.audit().tokens().tokensBeforeLimits()
        }) {
            wanted.add(Shown.count(count));
        }
        wanted.add(Shown.percent(report.padding().packed()));
        wanted.add(Shown.percent(report.padding().batched()));
        wanted.add(Shown.percent(report.padding().maxLength()));
        for (MethodPadding method : report.audit().paddingByMethod()) {
            wanted.add(Shown.percent(method.paddingRatio()));
            wanted.add(Shown.count(method.packs()));
        }
        report.audit().tokens().tokensDroppedByCause().values().forEach(tokens -> wanted.add(Shown.count(tokens)));
        report.audit().sources().forEach(source -> wanted.add(Shown.count(source.tokens())));
        report.lengths().buckets().stream()
                .filter(bucket -> bucket.count() > 0)
                .forEach(bucket -> wanted.add(Shown.count(bucket.count(), "example", "examples") + " with "
                        + Shown.count(bucket.from()) + " to "));
        report.seconds().values().forEach(seconds -> wanted.add(Shown.seconds(seconds)));
        assertThat(text).contains(wanted);
    }

    @Test
    void theJsonReadsBackAsTheSameReport() {
        PrepareReport report = report();
        String json = report.toJson();

        assertThat(PrepareReport.fromJson(json, "report.json")).isEqualTo(report);
        assertThatThrownBy(
                        () -> PrepareReport.fromJson(json.replace("\"rows_read\" : 1204", "\"rows_read\" : 1205"), "r"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("r is no report")
                .hasMessageContaining("1205");
        assertThatThrownBy(() -> PrepareReport.fromJson(json.replace("\"sources\"", "\"sauces\""), "r"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no \"sources\"");
    }

    @Test
    void samplesShowBoundariesMaskedAndSpecialTokensIdsAndPadding() throws Exception {
        Document page = parsed(ReportPage.of(report(), samples()));

        List<Element> tokens = elements(page, "i").stream()
                .filter(i -> i.hasAttribute("data-t"))
                .toList();
        assertThat(tokens).hasSize(5);
        assertThat(tokens.get(0).getAttribute("class")).isEqualTo("m");
        assertThat(tokens.get(0).getAttribute("data-t")).isEqualTo("id 17 18 · position 0");
        assertThat(tokens.get(1).getAttribute("class")).isEqualTo("l s");
        String text = page.getDocumentElement().getTextContent();
        assertThat(text)
                .contains("row 4,321 · slots 0 to 2", "row 4,322 · slots 3 to 2,002", "1,998 tokens more")
                .contains("and 1 further document", "35 slots of padding", "no padding");
    }
}
