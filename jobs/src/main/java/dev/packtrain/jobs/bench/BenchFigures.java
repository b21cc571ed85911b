package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a benchmark measured, in the order in which it is shown. */
final class BenchFigures {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Map<String, Object> values = new LinkedHashMap<>();

    BenchFigures put(String name, Object value) {
        values.put(name, value);
        return this;
    }

    /** Figures of several things, of the same names for each; shown as a table after the others. */
    BenchFigures table(String name, List<Map<String, Object>> rows) {
        return put(name, List.copyOf(rows));
    }

    /** Shows the figures, and writes them to {@code json} unless it is null. */
    void report(PrintStream out, Path json) throws IOException {
        values.forEach((name, value) -> {
            if (value instanceof List<?> rows) {
                show(rows, out);
            } else {
                out.printf(Locale.ROOT, "%-28s %s%n", name, shown(value));
            }
        });
        out.flush();
        if (json != null) {
            Files.writeString(json, JSON.writeValueAsString(values) + "\n");
        }
    }

    private static void show(List<?> rows, PrintStream out) {
        List<List<String>> lines = new ArrayList<>();
        for (Object row : rows) {
            Map<?, ?> cells = (Map<?, ?>) row;
            if (lines.isEmpty()) {
                lines.add(cells.keySet().stream().map(String::valueOf).toList());
            }
            lines.add(cells.values().stream().map(BenchFigures::cell).toList());
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < line.size(); column++) {
                int at = column;
                int width = lines.stream()
                        .mapToInt(other -> other.get(at).length())
                        .max()
                        .orElseThrow();
                String format = column == 0 ? "%-" + width + "s" : "  %" + width + "s";
                text.append(String.format(Locale.ROOT, format, line.get(column)));
            }
            out.println(text);
        }
    }

    private static String cell(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.3g", number) : String.valueOf(value);
    }

    private static String shown(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : String.valueOf(value);
    }

    /** The middle value; of an even number of values the mean of the middle two. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
