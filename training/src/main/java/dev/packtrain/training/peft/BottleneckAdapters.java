package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Houlsby's and Pfeiffer's adapters, and AdapterDrop: see {@link BottleneckAdaptation}. Keys are AdapterHub's. */
final class BottleneckAdapters implements PeftMethod {
    static final String NAME = "bottleneck_adapter";
    static final String HOULSBY = "houlsby";
    static final String PFEIFFER = "pfeiffer";
    static final String SWISH = "swish";
    static final String RELU = "relu";
    static final String KIND = "adapter_config";
    static final String REDUCTION = "adapter_reduction_factor";
    static final String NON_LINEARITY = "adapter_non_linearity";
    static final String LEAVE_OUT = "adapter_leave_out";
    static final String DROP = "adapter_drop";

    private static final int DEFAULT_REDUCTION = 16;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "BOTTLENECK";
    }

    @Override
    public boolean adaptsLinears() {
        return false;
    }

    @Override
    public String doc() {
        return "train small networks behind the halves of the blocks and freeze the model (Houlsby, Pfeiffer)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(
                        KIND,
                        PeftKey.Kind.NAME,
                        HOULSBY,
                        "houlsby: behind attention and behind the feed-forward layer; pfeiffer: behind the latter (houlsby)"),
                new PeftKey(
                        REDUCTION, PeftKey.Kind.COUNT, DEFAULT_REDUCTION, "hidden_size over the adapters' width (16)"),
                new PeftKey(
                        NON_LINEARITY,
                        PeftKey.Kind.NAME,
                        null,
                        "swish or relu, between the two matrices (houlsby: swish, pfeiffer: relu)"),
                new PeftKey(
                        LEAVE_OUT,
                        PeftKey.Kind.NAMES,
                        null,
                        "AdapterDrop: blocks without adapters, from 0; below the first with one no backward pass runs"),
                new PeftKey(
                        DROP,
                        PeftKey.Kind.FLAG,
                        false,
                        "robust AdapterDrop: every step trains without the adapters of the first n blocks, n drawn anew (false)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        String kind = settings.text(KIND, HOULSBY, PFEIFFER).orElse(HOULSBY);
        String activation = settings.text(NON_LINEARITY, SWISH, RELU).orElse(kind.equals(HOULSBY) ? SWISH : RELU);
        return new BottleneckAdaptation(
                kind.equals(HOULSBY),
                settings.count(REDUCTION).orElse(DEFAULT_REDUCTION),
                activation.equals(SWISH),
                settings.names(LEAVE_OUT).map(entries -> LayerNumbers.of(LEAVE_OUT, entries)),
                settings.flag(DROP).orElse(false));
    }

    @Override
    public Adaptation read(JsonNode config, List<String> modules, PeftSettings settings) {
        Map<String, Object> adapter = new LinkedHashMap<>();
        adapter.put(KIND, config.path("config").asText());
        adapter.put(REDUCTION, config.path("reduction_factor").asInt());
        adapter.put(NON_LINEARITY, config.path("non_linearity").asText());
        if (config.hasNonNull("leave_out")) {
            adapter.put(LEAVE_OUT, config.path("leave_out").asText());
        }
        // Which of them a step trains does not change what they mean.
        adapter.put(DROP, settings.flag(DROP).orElse(config.path("drop").asBoolean(false)));
        return configure(settings.goingOnFrom(adapter));
    }
}
