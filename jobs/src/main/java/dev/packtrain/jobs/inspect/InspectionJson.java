package dev.packtrain.jobs.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes an inspection as a JSON object: {@code kind}, {@code path}, every figure under its key, the table as an array,
 * {@code report} as in {@code report.json}, {@code pack}, {@code problems}.
 */
public final class InspectionJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private InspectionJson() {}

    /**
     * Writes it.
     *
     * @throws BadInputException if {@code file} cannot be written
     */
    public static void write(Inspection inspection, Path file) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("kind", inspection.kind().words().replace(' ', '_'));
        all.put("path", inspection.path());
        all.putAll(object(inspection.figures()));
        inspection
                .table()
                .ifPresent(table -> all.put(
                        table.key(),
                        table.rows().stream().map(InspectionJson::object).toList()));
        if (inspection.report().isPresent()) {
            all.put("report", JSON.readTree(inspection.report().get().toJson()));
        }
        inspection.pack().ifPresent(pack -> all.put("pack", pack));
        all.put("problems", inspection.problems());
        String text = JSON.writeValueAsString(all) + "\n";
        try {
            Files.writeString(file, text);
        } catch (IOException unwritable) {
            throw new BadInputException(
                    "cannot write --json %s (%s); give a file in a directory that is there".formatted(file, unwritable),
                    unwritable);
        }
    }

    private static Map<String, Object> object(List<Figure> figures) {
        Map<String, Object> object = new LinkedHashMap<>();
        figures.forEach(figure -> object.put(figure.key(), figure.value()));
        return object;
    }
}
