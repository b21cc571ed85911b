package dev.packtrain.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.report.Audit;
import dev.packtrain.pipeline.report.LengthHistogram;
import dev.packtrain.pipeline.report.LengthStatistics;
import dev.packtrain.pipeline.report.MethodPadding;
import dev.packtrain.pipeline.report.Padding;
import dev.packtrain.pipeline.report.PreparedWith;
import dev.packtrain.pipeline.report.RejectedRow;
import dev.packtrain.pipeline.report.SourceFigures;
import dev.packtrain.pipeline.report.TokenBalance;
import dev.packtrain.pipeline.stats.Distribution;
import java.util.List;
import java.util.Map;

/** The report's JSON: one flat object, so that every record that makes it up reads its own keys from the whole. */
final class ReportJson {
    /** Immutable once built, and safe for threads. */
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ReportJson() {}

    static String write(PrepareReport report) {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        try {
            return MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(indenter))
                            .writeValueAsString(report)
                    + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a report is plain records, which always have JSON", impossible);
        }
    }

    static PrepareReport read(String json, String where) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            return new PrepareReport(
                    MAPPER.treeToValue(tree, Manifest.Counts.class),
                    MAPPER.treeToValue(tree, Padding.class),
                    part(tree, "rejected_by_reason", new TypeReference<Map<String, Long>>() {}),
                    MAPPER.treeToValue(tree, LengthHistogram.class),
                    part(tree, "target_unigram_loss", new TypeReference<Double>() {}),
                    part(tree, "seconds", new TypeReference<Map<String, Double>>() {}),
                    part(tree, "distributions", new TypeReference<Map<String, Distribution>>() {}),
                    audit(tree));
        } catch (JsonProcessingException | IllegalArgumentException | IllegalStateException failure) {
            String what = failure instanceof JsonProcessingException malformed
                    ? malformed.getOriginalMessage().lines().findFirst().orElse("")
                    : failure.getMessage();
            throw new BadInputException(
                    "%s is no report that this Packtrain can read (%s); restore it, or prepare the data again"
                            .formatted(where, what),
                    failure);
        }
    }

    private static Audit audit(JsonNode tree) throws JsonProcessingException {
        return new Audit(
                MAPPER.treeToValue(tree, PreparedWith.class),
                part(tree, "examples", new TypeReference<Long>() {}),
                MAPPER.treeToValue(tree, TokenBalance.class),
                part(tree, "sources", new TypeReference<List<SourceFigures>>() {}),
                part(tree, "source_lengths", new TypeReference<LengthStatistics>() {}),
                part(tree, "target_lengths", new TypeReference<LengthStatistics>() {}),
                part(tree, "padding_by_method", new TypeReference<List<MethodPadding>>() {}),
                part(tree, "first_rejected", new TypeReference<List<RejectedRow>>() {}));
    }

    private static <T> T part(JsonNode tree, String key, TypeReference<T> type) throws JsonProcessingException {
        JsonNode node = tree.get(key);
        if (node == null || node.isNull()) {
            throw new IllegalArgumentException("it has no \"%s\"".formatted(key));
        }
        return MAPPER.treeToValue(node, type);
    }
}
