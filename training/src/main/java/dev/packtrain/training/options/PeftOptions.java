package dev.packtrain.training.options;

import java.util.Map;

/**
 * Which method of parameter-efficient fine-tuning a run uses, if any. What the settings mean is the method's business.
 *
 * @param method name of the method, such as {@code lora}; null: all weights are trained
 * @param settings the method's recipe keys that were given, by name: text, numbers, flags or lists of text
 * @param adapterDir {@code lora_path}: an adapter directory to continue from; or null
 */
public record PeftOptions(String method, Map<String, Object> settings, String adapterDir) {
    /** All weights are trained. */
    public static final PeftOptions NONE = new PeftOptions(null, Map.of(), null);

    public PeftOptions {
        settings = settings == null ? Map.of() : Map.copyOf(settings);
    }

    /** Whether weights of the base stay frozen. */
    public boolean present() {
        return method != null;
    }
}
