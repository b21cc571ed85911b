package dev.packtrain.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code metrics.jsonl}. */
public final class MetricsFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private MetricsFile() {}

    /** Its lines, numbers only; empty if there is no such file, as on a driver that does not mount the output. */
    public static List<Map<String, Double>> read(Path file) throws IOException {
        List<Map<String, Double>> lines = new ArrayList<>();
        if (!Files.exists(file)) {
            return lines;
        }
        for (String line : Files.readAllLines(file)) {
            Map<String, Double> values = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : JSON.readTree(line).properties()) {
                if (entry.getValue().isNumber()) {
                    values.put(entry.getKey(), entry.getValue().doubleValue());
                }
            }
            lines.add(values);
        }
        return lines;
    }
}
