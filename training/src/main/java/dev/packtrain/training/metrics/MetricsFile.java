package dev.packtrain.training.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * {@code metrics.jsonl}: one JSON object a log record; see {@link LogWindow#toRecord} and {@link
 * EvaluationFigures#toRecord} for its fields. Counts are
 * written without a fraction. Every record is in the file when {@link #append} returns.
 */
public final class MetricsFile {
    /** Its name in an output directory. */
    public static final String NAME = "metrics.jsonl";

    private static final Set<String> COUNTS =
            Set.of("step", "label_tokens", "memory_rss_bytes", "eval_samples", "eval_label_tokens");

    private final ObjectMapper mapper = new ObjectMapper();
    private final Path file;

    /**
     * Opens the file and throws away what a resumed run is about to do again.
     *
     * @param dir output directory
     * @param startStep steps already done: records of later steps, a torn last line, and lines that are no records (a host
     *     that lost its power leaves such) are removed; 0 empties the file
     */
    public MetricsFile(Path dir, int startStep) throws IOException {
        file = dir.resolve(NAME);
        StringBuilder kept = new StringBuilder();
        if (startStep > 0 && Files.exists(file)) {
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            for (String line :
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
                if (isDone(line, startStep)) {
                    kept.append(line).append('\n');
                }
            }
        }
        // A run that is killed here keeps the old file.
        Path replacement = dir.resolve("." + NAME + ".new");
        Files.writeString(replacement, kept);
        Files.move(replacement, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private boolean isDone(String line, int startStep) {
        try {
            JsonNode step = mapper.readTree(line).path("step");
            return step.isInt() && step.intValue() <= startStep;
        } catch (JsonProcessingException noRecord) {
            return false;
        }
    }

    /** Adds a record. */
    public void append(Map<String, Double> values) throws IOException {
        ObjectNode object = mapper.createObjectNode();
        values.forEach((key, value) -> {
            if (COUNTS.contains(key)) {
                object.put(key, value.longValue());
            } else {
                object.put(key, value);
            }
        });
        byte[] line = (mapper.writeValueAsString(object) + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(file, line, StandardOpenOption.APPEND);
    }
}
