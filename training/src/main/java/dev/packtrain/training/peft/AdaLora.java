package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.packtrain.packing.BadInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** AdaLoRA: see {@link AdaLoraLinear} and {@link RankAllocator}. Keys are PEFT's, after {@code adalora_}. */
final class AdaLora implements PeftMethod {
    static final String NAME = "adalora";

    private static final String RANK = "adalora_init_r";
    private static final String TARGET_RANK = "adalora_target_r";
    private static final String ALPHA = "adalora_alpha";
    private static final String DROPOUT = "adalora_dropout";
    private static final String INITIAL = "adalora_tinit";
    private static final String FINAL = "adalora_tfinal";
    private static final String INTERVAL = "adalora_delta_t";
    private static final String BETA1 = "adalora_beta1";
    private static final String BETA2 = "adalora_beta2";
    private static final String PENALTY = "adalora_orth_reg_weight";
    private static final String TARGETS = "adalora_target_modules";
    private static final int DEFAULT_RANK = 12;
    private static final int DEFAULT_TARGET_RANK = 8;
    private static final double DEFAULT_BETA = 0.85;
    private static final double DEFAULT_PENALTY = 0.5;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "ADALORA";
    }

    @Override
    public String doc() {
        return "train low-rank adapters whose ranks follow from what matters (AdaLoRA)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of every adapter in the beginning (12)"),
                new PeftKey(TARGET_RANK, PeftKey.Kind.COUNT, DEFAULT_TARGET_RANK, "mean rank in the end (8)"),
                new PeftKey(
                        ALPHA,
                        PeftKey.Kind.REAL,
                        PeftSettings.UNSET,
                        "adapters are scaled by adalora_alpha / adalora_init_r; unset or -1: twice the rank (PEFT: 8)"),
                new PeftKey(DROPOUT, PeftKey.Kind.SHARE, 0, "share of an adapter's inputs set to zero in training (0)"),
                new PeftKey(INITIAL, PeftKey.Kind.WHOLE, 0, "steps before the first rank is cut (0)"),
                new PeftKey(FINAL, PeftKey.Kind.WHOLE, 0, "steps after the last rank is cut (0)"),
                new PeftKey(INTERVAL, PeftKey.Kind.COUNT, 1, "steps from cut to cut (1)"),
                new PeftKey(BETA1, PeftKey.Kind.SHARE, DEFAULT_BETA, "of the running mean of sensitivity (0.85)"),
                new PeftKey(BETA2, PeftKey.Kind.SHARE, DEFAULT_BETA, "of the running mean of its spread (0.85)"),
                new PeftKey(
                        PENALTY,
                        PeftKey.Kind.REAL,
                        DEFAULT_PENALTY,
                        "weight of the penalty that keeps the matrices orthogonal (0.5)"),
                new PeftKey(
                        TARGETS,
                        PeftKey.Kind.NAMES,
                        null,
                        "linears that get adapters, as lora_target_modules (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        int rank = settings.count(RANK).orElse(DEFAULT_RANK);
        int target = settings.count(TARGET_RANK).orElse(Math.min(rank, DEFAULT_TARGET_RANK));
        if (target > rank) {
            throw new BadInputException(
                    "adalora_target_r is %d and adalora_init_r %d; wanted a budget that ends no higher than it begins."
                            .formatted(target, rank));
        }
        return new AdaLoraAdaptation(
                rank,
                target,
                settings.scale(ALPHA, "the adapters do nothing").orElse(2.0 * rank),
                settings.dropout(DROPOUT).orElse(0.0),
                schedule(settings, MissingNode.getInstance()),
                Map.of(),
                TargetModules.of(TARGETS, settings.names(TARGETS).orElse(Lora.DEFAULT_TARGETS)));
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings).refuseOn("fan_in_fan_out");
        config.refuseFilled("modules_to_save", "alpha_pattern");
        int rank = config.same(RANK, settings.count(RANK), json.path("init_r").asInt(DEFAULT_RANK));
        double alpha = config.same(
                ALPHA,
                settings.scale(ALPHA, "the adapters do nothing"),
                json.path("lora_alpha").asDouble(DEFAULT_TARGET_RANK));
        Map<String, Integer> kept = kept(json.path("rank_pattern"));
        if (!kept.isEmpty()) {
            requireSameBudget(config);
        }
        return new AdaLoraAdaptation(
                rank,
                settings.count(TARGET_RANK).orElse(json.path("target_r").asInt(DEFAULT_TARGET_RANK)),
                alpha,
                settings.dropout(DROPOUT).orElse(json.path("lora_dropout").asDouble(0)),
                schedule(settings, json),
                kept,
                config.targets(TARGETS));
    }

    /** Once the choice is final there is no other: keys that say how it is made may only repeat what was. */
    private static void requireSameBudget(AdapterConfig config) {
        PeftSettings settings = config.settings();
        JsonNode json = config.json();
        config.same(
                TARGET_RANK, settings.count(TARGET_RANK), json.path("target_r").asInt(DEFAULT_TARGET_RANK));
        config.same(INITIAL, settings.count(INITIAL), json.path("tinit").asInt(0));
        config.same(FINAL, settings.count(FINAL), json.path("tfinal").asInt(0));
        config.same(INTERVAL, settings.count(INTERVAL), json.path("deltaT").asInt(1));
    }

    /** What a recipe says, else what an adapter's config says, else PEFT's defaults. */
    private static RankAllocator.Schedule schedule(PeftSettings settings, JsonNode json) {
        return new RankAllocator.Schedule(
                json.path("total_step").asInt(0),
                Math.max(0, settings.count(INITIAL).orElse(json.path("tinit").asInt(0))),
                Math.max(0, settings.count(FINAL).orElse(json.path("tfinal").asInt(0))),
                settings.count(INTERVAL).orElse(json.path("deltaT").asInt(1)),
                settings.real(BETA1).orElse(json.path("beta1").asDouble(DEFAULT_BETA)),
                settings.real(BETA2).orElse(json.path("beta2").asDouble(DEFAULT_BETA)),
                Math.max(
                        0,
                        settings.real(PENALTY)
                                .orElse(json.path("orth_reg_weight").asDouble(DEFAULT_PENALTY))));
    }

    /** From PEFT's lists of what is left of every module. */
    private static Map<String, Integer> kept(JsonNode pattern) {
        Map<String, Integer> kept = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : pattern.properties()) {
            String name = entry.getKey();
            int end = name.indexOf("." + AdaLoraAdaptation.VALUES);
            int left = 0;
            for (JsonNode stays : entry.getValue()) {
                left += stays.asBoolean() ? 1 : 0;
            }
            kept.put(end < 0 ? name : name.substring(0, end), left);
        }
        return kept;
    }
}
