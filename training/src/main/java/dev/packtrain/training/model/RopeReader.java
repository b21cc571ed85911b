package dev.packtrain.training.model;

import dev.packtrain.training.model.DecoderConfig.Rope;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Rotary positions in {@code config.json}: {@code rope_parameters} as {@code transformers} 5 writes it, or {@code
 * rope_theta} and {@code rope_scaling} as older versions do, which comes first if both are there, as there.
 */
final class RopeReader {
    private static final String NEW = "rope_parameters";
    private static final String OLD = "rope_scaling";
    private static final String THETA = "rope_theta";
    private static final String TYPE = "rope_type";
    private static final String OLD_TYPE = "type";
    private static final String FACTOR = "factor";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final double DEFAULT_THETA = 10_000;

    private final ConfigValues config;
    private final ConfigValues rope;
    private final int maxPositions;

    private RopeReader(ConfigValues config, ConfigValues rope, int maxPositions) {
        this.config = config;
        this.rope = rope;
        this.maxPositions = maxPositions;
    }

    /** @param maxPositions {@code max_position_embeddings} */
    static Rope read(ConfigValues config, int maxPositions) {
        requireWholeHeads(config);
        String key = config.has(OLD) && !config.child(OLD).json().isEmpty() ? OLD : NEW;
        double oldTheta = config.positive(THETA, DEFAULT_THETA);
        if (!config.has(key)) {
            return new Rope(oldTheta, new RopeScaling.None());
        }
        ConfigValues rope = config.child(key);
        double theta = rope.positive(THETA, oldTheta);
        if (key.equals(OLD) && !rope.has(THETA) && !config.has(THETA)) {
            requireSameTheta(config, theta);
        }
        return new Rope(theta, new RopeReader(config, rope, maxPositions).scaling());
    }

    /** Beside {@code rope_scaling}, {@code transformers} reads nothing of {@code rope_parameters}, which can hardly be meant. */
    private static void requireSameTheta(ConfigValues config, double theta) {
        if (config.has(NEW) && config.child(NEW).positive(THETA, theta) != theta) {
            throw config.child(NEW)
                    .wrong(
                            THETA,
                            "it in rope_scaling, beside which rope_parameters is not read and the base is " + theta);
        }
    }

    private RopeScaling scaling() {
        String type = rope.text(TYPE, rope.text(OLD_TYPE, "default"));
        return switch (type) {
            case "default" -> {
                requireOnly();
                yield new RopeScaling.None();
            }
            case "linear" -> {
                requireOnly(FACTOR);
                yield new RopeScaling.Linear(rope.factor(FACTOR));
            }
            case "ntk" -> {
                requireOnly(FACTOR);
                yield new RopeScaling.Ntk(rope.factor(FACTOR));
            }
            case "dynamic" -> {
                requireOnly(FACTOR);
                yield new RopeScaling.DynamicNtk(rope.factor(FACTOR), maxPositions);
            }
            case "yarn" -> yarn();
            case "llama3" -> llama3();
            default -> throw rope.unsupported(TYPE, type, "one of default, linear, ntk, dynamic, yarn, llama3");
        };
    }

    private void requireOnly(String... keys) {
        Set<String> known = new HashSet<>(List.of(keys));
        known.addAll(List.of(TYPE, OLD_TYPE, THETA, "partial_rotary_factor"));
        rope.requireOnly(known);
        requireWholeHeads(rope);
    }

    private static void requireWholeHeads(ConfigValues values) {
        values.require("partial_rotary_factor", Double.toString(values.number("partial_rotary_factor", 1)), "1.0");
    }

    private int original() {
        return config.integer(ORIGINAL, rope.integer(ORIGINAL, maxPositions));
    }

    private RopeScaling yarn() {
        requireOnly(
                FACTOR, ORIGINAL, "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate");
        int original = original();
        double ratio = (double) maxPositions / original;
        if (!rope.has(FACTOR) && ratio < 1) {
            throw rope.wrong(
                    FACTOR,
                    "a number of at least 1 (its default, max_position_embeddings / %s, is %s)"
                            .formatted(ORIGINAL, ratio));
        }
        double factor = rope.has(FACTOR) ? rope.factor(FACTOR) : ratio;
        double mscale = rope.number("mscale", 0);
        double mscaleAllDim = rope.number("mscale_all_dim", 0);
        double attentionFactor = mscale > 0 && mscaleAllDim > 0
                ? RopeScaling.Yarn.attentionFactor(factor, mscale)
                        / RopeScaling.Yarn.attentionFactor(factor, mscaleAllDim)
                : RopeScaling.Yarn.attentionFactor(factor, 1);
        return new RopeScaling.Yarn(
                factor,
                original,
                rope.positive("beta_fast", 32),
                rope.positive("beta_slow", 1),
                // As in transformers, null is not what a missing key is.
                !rope.json().path("truncate").isNull() && rope.flag("truncate", true),
                rope.positive("attention_factor", attentionFactor));
    }

    private RopeScaling llama3() {
        requireOnly(FACTOR, ORIGINAL, "low_freq_factor", "high_freq_factor");
        double low = rope.positive("low_freq_factor", 0);
        double high = rope.positive("high_freq_factor", 0);
        if (low >= high) {
            throw rope.wrong("low_freq_factor", "a number below high_freq_factor, which is " + high);
        }
        return new RopeScaling.Llama3(rope.factor(FACTOR), low, high, original());
    }
}
