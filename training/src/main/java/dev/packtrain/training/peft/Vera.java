package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Optional;

/** VeRA: see {@link VeraAdaptation}. */
final class Vera implements PeftMethod {
    static final String NAME = "vera";
    private static final String RANK = "vera_rank";
    private static final String DROPOUT = "vera_dropout";
    private static final String D_INITIAL = "vera_d_initial";
    private static final String KEY = "projection_prng_key";
    private static final String SAVE = "save_projection";
    private static final String TARGETS = "vera_target_modules";
    private static final int DEFAULT_RANK = 8;
    private static final int PEFT_RANK = 256;
    private static final double DEFAULT_D = 0.1;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "VERA";
    }

    @Override
    public String doc() {
        return "train factors of random matrices that all linears share and freeze the model (VeRA)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of the shared matrices (8; PEFT: 256)"),
                new PeftKey(DROPOUT, PeftKey.Kind.SHARE, 0, "share of an adapter's inputs set to zero in training (0)"),
                new PeftKey(D_INITIAL, PeftKey.Kind.REAL, DEFAULT_D, "what the factors d begin with (0.1)"),
                new PeftKey(KEY, PeftKey.Kind.WHOLE, 0, "seed of the shared matrices, at least 0 (0)"),
                new PeftKey(
                        SAVE, PeftKey.Kind.FLAG, false, "save the shared matrices too, not only their seed (false)"),
                new PeftKey(
                        TARGETS,
                        PeftKey.Kind.NAMES,
                        null,
                        "linears that get adapters, as lora_target_modules"
                                + " (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        int key = settings.count(KEY).orElse(0);
        if (key < 0) {
            throw new BadInputException("projection_prng_key is %d; wanted at least 0.".formatted(key));
        }
        return new VeraAdaptation(
                settings.count(RANK).orElse(DEFAULT_RANK),
                settings.dropout(DROPOUT).orElse(0.0),
                settings.real(D_INITIAL).orElse(DEFAULT_D),
                key,
                settings.flag(SAVE).orElse(false),
                TargetModules.of(TARGETS, settings.names(TARGETS).orElse(Lora.DEFAULT_TARGETS)),
                Optional.empty());
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings).refuseCommon();
        return new VeraAdaptation(
                config.same(RANK, settings.count(RANK), json.path("r").asInt(PEFT_RANK)),
                settings.dropout(DROPOUT).orElse(json.path("vera_dropout").asDouble(0)),
                json.path("d_initial").asDouble(DEFAULT_D),
                config.same(KEY, settings.count(KEY), json.path(KEY).asInt(0)),
                config.same(SAVE, settings.flag(SAVE), json.path(SAVE).asBoolean(true)),
                config.targets(TARGETS),
                Optional.empty());
    }
}
