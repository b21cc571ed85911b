package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** LoReFT: see {@link LoreftAdaptation}. */
final class Reft implements PeftMethod {
    static final String NAME = "reft";
    static final String RANK = "reft_rank";
    static final String LAYERS = "reft_layers";
    static final String POSITION = "reft_position";
    static final String DROPOUT = "reft_dropout";

    private static final Pattern POSITIONS = Pattern.compile("(?:f(\\d{1,6}))?\\+?(?:l(\\d{1,6}))?");
    private static final String DEFAULT_POSITION = "f7+l7";
    private static final int DEFAULT_RANK = 8;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "LOREFT";
    }

    @Override
    public boolean adaptsLinears() {
        return false;
    }

    @Override
    public String doc() {
        return "train low-rank interventions on what blocks give for a prompt's first and last tokens (LoReFT)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of the interventions (8)"),
                new PeftKey(LAYERS, PeftKey.Kind.NAMES, "all", "blocks with one, from 0: all, or numbers (all)"),
                new PeftKey(
                        POSITION,
                        PeftKey.Kind.NAME,
                        DEFAULT_POSITION,
                        "tokens of every prompt: so many of the first, so many of the last (f7+l7)"),
                new PeftKey(
                        DROPOUT,
                        PeftKey.Kind.SHARE,
                        0,
                        "share of what comes of the changed tokens that is set to zero in training (0)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        String position = String.join(",", settings.names(POSITION).orElse(List.of(DEFAULT_POSITION)));
        Matcher matcher = POSITIONS.matcher(position);
        int first = matcher.matches() ? count(matcher.group(1)) : 0;
        int last = matcher.matches() ? count(matcher.group(2)) : 0;
        if (first + last == 0) {
            throw new BadInputException(
                    "reft_position is '%s'; wanted numbers of first and last tokens, such as f7+l7, f7 or l7."
                            .formatted(position));
        }
        return new LoreftAdaptation(
                settings.count(RANK).orElse(DEFAULT_RANK),
                LayerNumbers.of(LAYERS, settings.names(LAYERS).orElse(List.of("all"))),
                first,
                last,
                settings.dropout(DROPOUT).orElse(0.0));
    }

    private static int count(String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        return configure(settings.goingOnFrom(Map.of(
                RANK, config.path("r").asInt(),
                LAYERS, config.path("layers").asText(),
                POSITION, config.path("position").asText(),
                DROPOUT, settings.dropout(DROPOUT).orElse(config.path("dropout").asDouble(0)))));
    }
}
