package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where the time went. */
final class SecondsSection {
    private static final String TOTAL = "total";
    private static final int NUM_COLOURS = 6;

    private SecondsSection() {}

    static void write(Html html, PrepareReport report) {
        double total = report.seconds().getOrDefault(TOTAL, 0.0);
        double perSecond = total == 0 ? 0 : report.counts().rowsRead() / total;
        Section.open(
                html,
                "seconds",
                "Time",
                "%s in all, %s rows a second; moving the files into place is not in it."
                        .formatted(Shown.seconds(total), Shown.count(Math.round(perSecond))));
        List<Section.Part> parts = new ArrayList<>();
        for (Map.Entry<String, Double> stage : report.seconds().entrySet()) {
            if (!stage.getKey().equals(TOTAL)) {
                parts.add(new Section.Part(
                        "doc d" + parts.size() % NUM_COLOURS,
                        Shown.words(stage.getKey()),
                        stage.getValue(),
                        Shown.seconds(stage.getValue())));
            }
        }
        Section.bar(html, parts);
        html.close();
    }
}
