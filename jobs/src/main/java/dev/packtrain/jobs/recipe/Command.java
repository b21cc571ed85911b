package dev.packtrain.jobs.recipe;

import java.util.Locale;

/** The commands whose options are recipe keys. */
public enum Command {
    PREPARE,
    TRAIN,
    RUN,
    PLAN,
    GENERATE,
    MERGE,
    TOKENIZER;

    /** As typed: {@code prepare}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
