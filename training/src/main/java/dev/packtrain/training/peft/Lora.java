package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** LoRA, rsLoRA and LoRA+: see {@link LoraAdaptation}; and what else trains with their keys: see {@link LoraVariant}. */
final class Lora implements PeftMethod {
    static final String NAME = "lora";

    static final String RANK = "lora_rank";
    static final String ALPHA = "lora_alpha";
    static final String STABILISED = "rslora";
    static final String PLUS_SCALE = "lora_plus_scale";
    private static final String DROPOUT = "lora_dropout";
    private static final String TARGETS = "lora_target_modules";
    private static final int DEFAULT_RANK = 8;
    private static final double DEFAULT_STABILISED_ALPHA = 4;

    private static final List<LoraVariant> VARIANTS =
            List.of(new Dora(), new Pissa(), new LoraFa(), new MosLora(), new Mora(), new ReLora());

    /** PaddleNLP's for Llama. */
    static final List<String> DEFAULT_TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    /** Initialisations that change the base's weights, so that the adapter alone does not tell the model. */
    private static final List<String> BASE_CHANGING = List.of("pissa", "olora", "corda", "loftq", "lora_ga");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "LORA";
    }

    @Override
    public boolean reads(String type) {
        return type.equals(peftType())
                || VARIANTS.stream().anyMatch(variant -> variant.peftType().equals(Optional.of(type)));
    }

    @Override
    public String doc() {
        return "train low-rank adapters on the linears and freeze the model (LoRA)";
    }

    @Override
    public List<PeftKey> keys() {
        List<PeftKey> keys = new ArrayList<>(List.of(
                new PeftKey(RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of the adapters (8)"),
                new PeftKey(
                        ALPHA,
                        PeftKey.Kind.REAL,
                        PeftSettings.UNSET,
                        "adapters are scaled by lora_alpha / lora_rank; unset or -1: twice the rank, with rslora 4, with pissa the rank (PEFT: 8)"),
                new PeftKey(DROPOUT, PeftKey.Kind.SHARE, 0, "share of an adapter's inputs set to zero in training (0)"),
                new PeftKey(STABILISED, PeftKey.Kind.FLAG, false, "scale by lora_alpha / √lora_rank instead (false)"),
                new PeftKey(
                        PLUS_SCALE,
                        PeftKey.Kind.REAL,
                        1,
                        "LoRA+: the learning rate of the B matrices over that of the A matrices (1)"),
                new PeftKey(
                        TARGETS,
                        PeftKey.Kind.NAMES,
                        null,
                        "linears that get adapters: names, regular expressions or all-linear"
                                + " (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)")));
        VARIANTS.forEach(variant -> keys.addAll(variant.keys()));
        return List.copyOf(keys);
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        Optional<LoraVariant> variant = asked(settings);
        boolean stabilised = settings.flag(STABILISED).orElse(false);
        int rank = settings.count(RANK).orElse(DEFAULT_RANK);
        double plain = stabilised ? DEFAULT_STABILISED_ALPHA : 2.0 * rank;
        LoraAdaptation lora = new LoraAdaptation(
                rank,
                alpha(settings)
                        .orElse(variant.map(each -> each.defaultAlpha(rank, stabilised))
                                .orElse(plain)),
                settings.dropout(DROPOUT).orElse(0.0),
                stabilised,
                plusScale(settings),
                TargetModules.of(settings.names(TARGETS).orElse(DEFAULT_TARGETS)));
        return variant.map(each -> each.of(lora, settings)).orElse(lora);
    }

    private static Optional<Double> alpha(PeftSettings settings) {
        return settings.scale(ALPHA, "the adapters do nothing");
    }

    private static double plusScale(PeftSettings settings) {
        double scale = settings.real(PLUS_SCALE).orElse(1.0);
        if (scale <= 0) {
            throw new BadInputException(
                    "lora_plus_scale is %s; wanted more than 0, or B never learns.".formatted(scale));
        }
        return scale;
    }

    /** The variant that a recipe turns on. */
    private static Optional<LoraVariant> asked(PeftSettings settings) {
        List<LoraVariant> on = VARIANTS.stream()
                .filter(variant -> settings.flag(variant.name()).orElse(false))
                .toList();
        if (on.size() > 1) {
            throw new BadInputException("%s and %s are both true; wanted one of them at most."
                    .formatted(on.get(0).name(), on.get(1).name()));
        }
        for (LoraVariant variant : VARIANTS) {
            variant.keys().stream()
                    .map(PeftKey::name)
                    .filter(key -> !on.contains(variant) && !key.equals(variant.name()))
                    .filter(key -> settings.values().containsKey(key))
                    .forEach(key -> {
                        throw new BadInputException("%s is set but %s is false; set %s to true, or leave %s out."
                                .formatted(key, variant.name(), variant.name(), key));
                    });
        }
        return on.stream().findFirst();
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings)
                .refuseCommon()
                .refuseOn("use_qalora", "lora_bias")
                .refuseFilled("layer_replication", "trainable_token_indices", "target_parameters")
                .refuseFilled("alora_invocation_tokens", "use_bdlora", "arrow_config", "kasa_config")
                .refuseFilled("velora_config", "monteclora_config");
        refuseChangedBase(json.path("init_lora_weights").asText(""));
        boolean stabilised = config.same(
                STABILISED, settings.flag(STABILISED), json.path("use_rslora").asBoolean(false));
        LoraAdaptation lora = new LoraAdaptation(
                config.same(RANK, settings.count(RANK), json.path("r").asInt(DEFAULT_RANK)),
                config.same(ALPHA, alpha(settings), json.path("lora_alpha").asDouble(DEFAULT_RANK)),
                settings.dropout(DROPOUT).orElse(json.path("lora_dropout").asDouble(0)),
                stabilised,
                plusScale(settings),
                config.targets(TARGETS));
        return variant(json, settings).map(each -> each.of(lora, settings)).orElse(lora);
    }

    /** What wrote the adapter, or what a run goes on with from a plain LoRA. */
    private static Optional<LoraVariant> variant(JsonNode json, PeftSettings settings) {
        Optional<LoraVariant> asked = asked(settings);
        Optional<LoraVariant> wrote =
                VARIANTS.stream().filter(variant -> variant.wrote(json)).findFirst();
        if (asked.isPresent()
                && !wrote.equals(asked)
                && (wrote.isPresent() || !asked.get().continuesLora())) {
            throw new BadInputException("%s is true, but the adapter in lora_path is %s; leave %s out."
                    .formatted(
                            asked.get().name(),
                            wrote.map(each -> "one of " + each.name()).orElse("a plain LoRA"),
                            asked.get().name()));
        }
        return wrote.or(() -> asked);
    }

    private static void refuseChangedBase(String initialised) {
        if (BASE_CHANGING.stream().anyMatch(initialised::startsWith)) {
            throw new BadInputException(
                    "the adapter was initialised by %s, which changes the base's weights too; save it with PEFT's path_initial_model_for_weight_conversion, which makes it a plain LoRA."
                            .formatted(initialised));
        }
    }
}
