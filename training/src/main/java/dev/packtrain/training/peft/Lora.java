package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;

/** LoRA, rsLoRA and LoRA+: see {@link LoraAdaptation}. */
final class Lora implements PeftMethod {
    static final String NAME = "lora";

    private static final String RANK = "lora_rank";
    private static final String ALPHA = "lora_alpha";
    private static final String DROPOUT = "lora_dropout";
    private static final String PLUS_SCALE = "lora_plus_scale";
    private static final String STABILISED = "rslora";
    private static final String TARGETS = "lora_target_modules";
    private static final int DEFAULT_RANK = 8;
    private static final double DEFAULT_STABILISED_ALPHA = 4;
    /** As PaddleNLP writes an alpha that is not given. */
    private static final double UNSET = -1;

    /** PaddleNLP's for Llama. */
    private static final List<String> DEFAULT_TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    /** Entries of PEFT's config that change what the tensors mean, and the values at which they do not. */
    private static final List<Refused> REFUSED = List.of(
            new Refused("use_dora", Lora::isOff),
            new Refused("use_qalora", Lora::isOff),
            new Refused("lora_bias", Lora::isOff),
            new Refused("fan_in_fan_out", Lora::isOff),
            new Refused("bias", (name, value) -> value.asText("none").equals("none")),
            new Refused("rank_pattern", Lora::isEmpty),
            new Refused("alpha_pattern", Lora::isEmpty),
            new Refused("modules_to_save", Lora::isEmpty),
            new Refused("layer_replication", Lora::isEmpty),
            new Refused("trainable_token_indices", Lora::isEmpty),
            new Refused("target_parameters", Lora::isEmpty),
            new Refused("alora_invocation_tokens", Lora::isEmpty),
            new Refused("use_bdlora", Lora::isEmpty),
            new Refused("arrow_config", Lora::isEmpty),
            new Refused("kasa_config", Lora::isEmpty),
            new Refused("velora_config", Lora::isEmpty),
            new Refused("monteclora_config", Lora::isEmpty));

    /** Initialisations that change the base's weights, so that the adapter alone does not tell the model. */
    private static final List<String> BASE_CHANGING = List.of("pissa", "olora", "corda", "loftq", "lora_ga");

    private record Refused(String name, BiPredicate<String, JsonNode> isNeutral) {}

    private static boolean isOff(String name, JsonNode value) {
        return !value.asBoolean(false);
    }

    private static boolean isEmpty(String name, JsonNode value) {
        return value.isNull() || value.isMissingNode() || (value.isContainerNode() && value.isEmpty());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "LORA";
    }

    @Override
    public String doc() {
        return "train low-rank adapters on the linears and freeze the model (LoRA)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of the adapters (8)"),
                new PeftKey(
                        ALPHA,
                        PeftKey.Kind.REAL,
                        UNSET,
                        "adapters are scaled by lora_alpha / lora_rank; unset or -1: twice the rank, with rslora 4 (PEFT: 8)"),
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
                                + " (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        boolean stabilised = settings.flag(STABILISED).orElse(false);
        int rank = settings.count(RANK).orElse(DEFAULT_RANK);
        double alpha = alpha(settings).orElse(stabilised ? DEFAULT_STABILISED_ALPHA : 2.0 * rank);
        return new LoraAdaptation(
                rank,
                alpha,
                dropout(settings).orElse(0.0),
                stabilised,
                plusScale(settings),
                TargetModules.of(settings.names(TARGETS).orElse(DEFAULT_TARGETS)));
    }

    private static Optional<Double> alpha(PeftSettings settings) {
        Optional<Double> alpha = settings.real(ALPHA).filter(value -> value != UNSET);
        if (alpha.isPresent() && alpha.get() <= 0) {
            throw new BadInputException(
                    "lora_alpha is %s; wanted more than 0, or the adapters do nothing.".formatted(alpha.get()));
        }
        return alpha;
    }

    private static Optional<Double> dropout(PeftSettings settings) {
        Optional<Double> dropout = settings.real(DROPOUT);
        if (dropout.isPresent() && dropout.get() >= 1) {
            throw new BadInputException(
                    "lora_dropout is %s; wanted less than 1, or the adapters see nothing.".formatted(dropout.get()));
        }
        return dropout;
    }

    private static double plusScale(PeftSettings settings) {
        double scale = settings.real(PLUS_SCALE).orElse(1.0);
        if (scale <= 0) {
            throw new BadInputException(
                    "lora_plus_scale is %s; wanted more than 0, or B never learns.".formatted(scale));
        }
        return scale;
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        for (Refused refused : REFUSED) {
            JsonNode value = config.path(refused.name());
            if (!refused.isNeutral().test(refused.name(), value)) {
                throw new BadInputException("the adapter has %s %s in %s, which is not supported; train one without it."
                        .formatted(refused.name(), value, AdapterDirectory.CONFIG));
            }
        }
        refuseChangedBase(config.path("init_lora_weights").asText(""));
        int rank = config.path("r").asInt(DEFAULT_RANK);
        double alpha = config.path("lora_alpha").asDouble(DEFAULT_RANK);
        boolean stabilised = config.path("use_rslora").asBoolean(false);
        requireSame(RANK, settings.count(RANK), rank);
        requireSame(ALPHA, alpha(settings), alpha);
        requireSame(STABILISED, settings.flag(STABILISED), stabilised);
        TargetModules targets = new TargetModules(modules);
        settings.names(TARGETS).map(TargetModules::of).ifPresent(given -> requireSame(given, modules));
        return new LoraAdaptation(
                rank,
                alpha,
                dropout(settings).orElse(config.path("lora_dropout").asDouble(0)),
                stabilised,
                plusScale(settings),
                targets);
    }

    private static void refuseChangedBase(String initialised) {
        if (BASE_CHANGING.stream().anyMatch(initialised::startsWith)) {
            throw new BadInputException(
                    "the adapter was initialised by %s, which changes the base's weights too; save it with PEFT's path_initial_model_for_weight_conversion, which makes it a plain LoRA."
                            .formatted(initialised));
        }
    }

    private static void requireSame(String key, Optional<?> given, Object adapter) {
        if (given.isPresent() && !Objects.equals(given.get(), adapter)) {
            throw new BadInputException("%s is %s, but the adapter in lora_path has %s; leave %s out."
                    .formatted(key, given.get(), adapter, key));
        }
    }

    private static void requireSame(TargetModules given, List<String> modules) {
        if (!modules.stream().allMatch(given::matches)) {
            throw new BadInputException("%s is %s, but the adapter in lora_path has tensors for %s too; leave %s out."
                    .formatted(
                            TARGETS,
                            given.entries(),
                            modules.stream()
                                    .filter(module -> !given.matches(module))
                                    .findFirst()
                                    .orElseThrow(),
                            TARGETS));
        }
    }
}
