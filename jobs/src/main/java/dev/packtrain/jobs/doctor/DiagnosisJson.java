package dev.packtrain.jobs.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes {@code healthy} (nothing failed) and {@code checks} as a JSON object. */
public final class DiagnosisJson {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private DiagnosisJson() {}

    /**
     * Writes them.
     *
     * @throws BadInputException if {@code file} cannot be written
     */
    public static void write(List<Diagnosis> diagnoses, Path file) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("healthy", diagnoses.stream().noneMatch(Diagnosis::failed));
        all.put("checks", diagnoses.stream().map(Diagnosis::json).toList());
        String text = JSON.writeValueAsString(all) + "\n";
        try {
            Files.writeString(file, text);
        } catch (IOException unwritable) {
            throw new BadInputException(
                    "cannot write --json %s (%s); give a file in a directory that is there".formatted(file, unwritable),
                    unwritable);
        }
    }
}
