package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

    /** Shows the figures, and writes them to {@code json} unless it is null. */
    void report(PrintStream out, Path json) throws IOException {
        values.forEach((name, value) -> out.printf(Locale.ROOT, "%-28s %s%n", name, shown(value)));
        out.flush();
        if (json != null) {
            Files.writeString(json, JSON.writeValueAsString(values) + "\n");
        }
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
