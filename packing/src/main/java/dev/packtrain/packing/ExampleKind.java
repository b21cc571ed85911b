package dev.packtrain.packing;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What one document of a data set is. The JSON names are the manifest's. */
public enum ExampleKind {
    /** One sequence of tokens: a dialogue or plain text, for fine-tuning. */
    @JsonProperty("sequence")
    SEQUENCE("sequence"),
    /** A prompt with two answers, see {@link PreferenceBranches}, for preference optimisation. */
    @JsonProperty("preference")
    PREFERENCE("preference");

    private final String key;

    ExampleKind(String key) {
        this.key = key;
    }

    /** The name in manifests and shards. */
    public String key() {
        return key;
    }
}
