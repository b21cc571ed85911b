package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.model.Linear;
import java.util.List;

/**
 * What LyCORIS' methods drop in training: see {@link RankDropout} and {@link ModuleDropout}.
 *
 * @param rank share of the rows, in [0, 1)
 * @param module share of the steps, in [0, 1)
 */
record LycorisDropout(double rank, double module) {
    private static final String RANK = "rank_dropout";
    private static final String MODULE = "module_dropout";

    /** The recipe keys of a method: its name, an underscore, and PEFT's. */
    static List<PeftKey> keys(String method) {
        return List.of(
                new PeftKey(
                        method + "_" + RANK,
                        PeftKey.Kind.SHARE,
                        0,
                        "share of the rows of the product that is zero in a step of training (0)"),
                new PeftKey(
                        method + "_" + MODULE,
                        PeftKey.Kind.SHARE,
                        0,
                        "share of the steps that a linear is trained without its adapter (0)"));
    }

    /**
     * What a recipe says, else an adapter's config, else nothing is dropped.
     *
     * @param json the config; a missing node without one
     */
    static LycorisDropout of(String method, PeftSettings settings, JsonNode json) {
        return new LycorisDropout(
                settings.dropout(method + "_" + RANK).orElse(json.path(RANK).asDouble(0)),
                settings.dropout(method + "_" + MODULE).orElse(json.path(MODULE).asDouble(0)));
    }

    /**
     * Around a linear with its adapter.
     *
     * @param scales as in {@link RankDropout}
     */
    Linear around(Linear adapted, boolean scales, String name, Linear base, AdapterTensors tensors) {
        Linear inRows = RankDropout.of(rank, scales, name, base, adapted, tensors);
        return ModuleDropout.of(module, name, base, inRows, tensors);
    }

    /** Into PEFT's config. */
    void put(ObjectNode config) {
        config.put(RANK, rank);
        config.put(MODULE, module);
    }
}
