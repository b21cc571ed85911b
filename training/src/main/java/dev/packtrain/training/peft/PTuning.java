package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.packing.BadInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** P-tuning: see {@link PTuningAdaptation}. */
final class PTuning implements PeftMethod {
    static final String NAME = "p_tuning";
    static final String MLP = "MLP";
    static final String LSTM = "LSTM";

    private static final String TYPE = "encoder_reparameterization_type";
    private static final String HIDDEN = "encoder_hidden_size";
    private static final String LAYERS = "encoder_num_layers";
    private static final int DEFAULT_LAYERS = 2;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "P_TUNING";
    }

    @Override
    public boolean adaptsLinears() {
        return false;
    }

    @Override
    public String doc() {
        return "train embedded tokens before every document, which a network makes, and freeze the model (P-tuning)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                PromptTuning.TOKENS_KEY,
                new PeftKey(TYPE, PeftKey.Kind.NAME, MLP, "the network: MLP or LSTM, which the paper has (MLP)"),
                new PeftKey(HIDDEN, PeftKey.Kind.COUNT, null, "its width (the model's hidden_size)"),
                new PeftKey(LAYERS, PeftKey.Kind.COUNT, DEFAULT_LAYERS, "layers of the LSTM (2)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        return new PTuningAdaptation(
                settings.count(PromptTuning.TOKENS).orElse(PromptTuning.DEFAULT_TOKENS),
                settings.text(TYPE, MLP, LSTM).orElse(MLP).equals(LSTM),
                settings.count(HIDDEN),
                settings.count(LAYERS).orElse(DEFAULT_LAYERS));
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        PromptConfig.refuseUnsupported(config);
        if (config.path("encoder_dropout").asDouble(0) != 0) {
            throw new BadInputException(
                    "the adapter has encoder_dropout %s in %s, which is not supported; train one without it."
                            .formatted(config.path("encoder_dropout"), AdapterDirectory.CONFIG));
        }
        Map<String, Object> adapter = new LinkedHashMap<>();
        adapter.put(PromptTuning.TOKENS, config.path("num_virtual_tokens").asInt());
        adapter.put(TYPE, config.path(TYPE).asText(MLP));
        if (config.hasNonNull(HIDDEN)) {
            adapter.put(HIDDEN, config.path(HIDDEN).asInt());
        }
        adapter.put(LAYERS, config.path(LAYERS).asInt(DEFAULT_LAYERS));
        return configure(settings.goingOnFrom(adapter));
    }
}
