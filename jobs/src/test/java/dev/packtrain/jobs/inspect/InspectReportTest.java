package dev.packtrain.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.cli.Capture;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.encode.DroppedTokens;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.report.AuditTotals;
import dev.packtrain.pipeline.report.GroupFigures;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.Padding;
import dev.packtrain.pipeline.report.PreparedWith;
import dev.packtrain.pipeline.report.Shown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code packtrain inspect} shows what {@code report.json} says. */
class InspectReportTest {
    @TempDir
    Path dir;

    private Path data;
    private PrepareReport report;

    @BeforeAll
    static void log() {
        Capture.logToTarget();
    }

    @BeforeEach
    void write() throws IOException {
        data = TinyDataSet.write(dir.resolve("data"));
        report = report();
        Files.writeString(data.resolve(PrepareReport.FILE_NAME), report.toJson());
    }

    private static PrepareReport report() {
        GroupFigures figures = new GroupFigures(64);
        long tokens = 0;
        for (int row = 0; row < 1500; row++) {
            int[] ids = IntStream.range(0, 3 + row % 50).toArray();
            int[] labels = ids.clone();
            labels[0] = TokenizedExample.IGNORE_INDEX;
            DroppedTokens dropped = row % 9 == 0 ? new DroppedTokens(0, 0, 13, 0) : DroppedTokens.NONE;
            figures.kept("file-" + row % 3, new Encoded(List.of(new TokenizedExample(row, ids, labels)), dropped));
            tokens += ids.length;
        }
        figures.rejected("file-\u001b[2J");
        AuditTotals totals = new AuditTotals();
        totals.add(0, figures.summary());
        return new PrepareReport(
                new Manifest.Counts(
                        1501, 1500, 1, totals.rowsTruncated(), tokens, tokens - 1500, totals.tokensDropped(), 700),
                new Padding(
                        Padding.ratio(tokens, 700 * 64),
                        Padding.ratio(tokens, totals.batchedSlots()),
                        Padding.ratio(tokens, 1500 * 64)),
                Map.of("empty", 1L),
                LengthHistogram.of(totals.lengthCounts()),
                1.5,
                Map.of("total", 3.25),
                totals.audit(
                        new PreparedWith("rows", "src_tgt", "reference", "best_fit_decreasing", 16_384, 64, 1),
                        700,
                        List.of()));
    }

    @Test
    void everyFigureOfTheReportIsShown() {
        String out = Capture.of("inspect", data.toString()).out();

        List<String> wanted = new ArrayList<>(List.of("kept whole", "oldest turns dropped", "file-1", "median"));
        wanted.add(Shown.count(report.counts().rowsRead()) + " rows");
        wanted.add(Shown.count(report.audit().tokens().tokensBeforeLimits()) + " tokens of the kept rows");
        wanted.add(Shown.count(report.counts().tokensDropped()));
        wanted.add(Shown.percent(report.padding().batched()));
        wanted.add(Shown.percent(report.padding().maxLength()));
        report.audit().paddingByMethod().forEach(method -> {
            if (!method.method().equals("none")) {
                wanted.add(Shown.method(method.method()));
                wanted.add(Shown.percent(method.paddingRatio()));
            }
        });
        report.audit().sources().forEach(source -> wanted.add(Shown.count(source.tokens()) + " tokens"));
        wanted.add(Shown.mean(report.audit().targetLengths().mean()));
        wanted.add(Shown.mean(report.audit().targetLengths().std()));
        wanted.add(Shown.seconds(3.25));
        assertThat(out).contains(wanted).doesNotContain("\u001b");
        assertThat(out.lines().skip(1)).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void jsonHoldsTheReportAsItIs() throws IOException {
        Path json = dir.resolve("found.json");

        Capture.of("inspect", data.toString(), "--json", json.toString());

        JsonNode found = new ObjectMapper().readTree(json.toFile());
        assertThat(found.path("report")).isEqualTo(new ObjectMapper().readTree(report.toJson()));
    }

    @Test
    void aReportThatDoesNotAddUpIsRefused() throws IOException {
        Path file = data.resolve(PrepareReport.FILE_NAME);
        Files.writeString(file, Files.readString(file).replace("\"rows_kept\" : 1500", "\"rows_kept\" : 1499"));

        Capture run = Capture.of("inspect", data.toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("report.json is no report").hasLineCount(1);
    }

    @Test
    void barsAndColumnsAreAsLongAsTheirShares() {
        assertThat(TerminalPaper.bar(1, 10)).isEqualTo("█".repeat(10));
        assertThat(TerminalPaper.bar(0.25, 10)).isEqualTo("██▌");
        assertThat(TerminalPaper.bar(0, 10)).isEqualTo("▏");
        assertThat(TerminalPaper.columns(List.of(0.0, 0.5, 1.0), 2)).containsExactly("  █", " ██");
    }

    @Test
    void aPackIsAStripOfItsDocumentsAndItsPadding() {
        assertThat(Capture.of("inspect", data.toString(), "--pack", "0").out()).containsPattern("\n  █+▌█+▌░+\n");
    }
}
