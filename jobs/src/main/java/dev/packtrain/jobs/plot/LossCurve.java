package dev.packtrain.jobs.plot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The loss of a run, step by step.
 *
 * @param steps rising
 * @param losses nats a label token, finite, as many as {@code steps}
 */
public record LossCurve(int[] steps, double[] losses) {
    private static final String METRICS = "metrics.jsonl";

    /** Checks the lengths. */
    public LossCurve {
        if (steps.length != losses.length) {
            throw new IllegalArgumentException(steps.length + " steps have " + losses.length + " losses");
        }
    }

    /**
     * Reads {@code metrics.jsonl}. Lines without a finite loss are left out.
     *
     * @param modelDir the {@code output_dir} of a training run, finished or still going
     * @throws BadInputException if the file is missing or is not what training writes
     */
    public static LossCurve read(Path modelDir) {
        Path file = modelDir.resolve(METRICS);
        List<JsonNode> records = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                JsonNode node = parse(json, lines.get(i), file, i + 1);
                if (node.path("step").isInt() && Double.isFinite(lossOf(node))) {
                    records.add(node);
                }
            }
        } catch (IOException unreadable) {
            throw new BadInputException(
                    "cannot read %s (%s); give the output_dir of a training run".formatted(file, unreadable),
                    unreadable);
        }
        int[] steps =
                records.stream().mapToInt(node -> node.get("step").intValue()).toArray();
        double[] losses = records.stream().mapToDouble(LossCurve::lossOf).toArray();
        return new LossCurve(steps, losses);
    }

    private static double lossOf(JsonNode node) {
        JsonNode loss = node.path("loss");
        return loss.isNumber() ? loss.doubleValue() : Double.NaN;
    }

    private static JsonNode parse(ObjectMapper json, String line, Path file, int number) {
        try {
            return json.readTree(line);
        } catch (JsonProcessingException malformed) {
            throw new BadInputException(
                    "%s line %d is no JSON object (%s); wanted what training writes there"
                            .formatted(file, number, malformed.getOriginalMessage()),
                    malformed);
        }
    }

    /** How many points there are. */
    public int size() {
        return steps.length;
    }

    /** The last loss; NaN if there is none. */
    public double last() {
        return size() == 0 ? Double.NaN : losses[size() - 1];
    }

    /** As a picture, without a reference line. */
    public String toSvg() {
        return new LossChart(this, Double.NaN).toSvg();
    }

    /**
     * As a picture with a dashed line to compare with.
     *
     * @param reference nats a label token, such as {@code target_unigram_loss} of the data's {@code report.json}
     */
    public String toSvg(double reference) {
        return new LossChart(this, reference).toSvg();
    }

    /** The greatest and the least loss, a reference included if there is one: what the vertical axis must show. */
    double[] range(double reference) {
        double[] all = Arrays.copyOf(losses, size() + 1);
        all[size()] = reference;
        double[] finite = Arrays.stream(all).filter(Double::isFinite).toArray();
        return finite.length == 0
                ? new double[] {0, 1}
                : new double[] {
                    Arrays.stream(finite).min().orElseThrow(),
                    Arrays.stream(finite).max().orElseThrow()
                };
    }
}
