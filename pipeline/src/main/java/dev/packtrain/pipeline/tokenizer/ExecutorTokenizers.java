package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tokenizers of this JVM, each loaded once for all tasks that run in it.
 *
 * <p>The one piece of static state in the pipeline: Spark gives a task no other way to find what an earlier task of the
 * same executor has made, and loading a large vocabulary takes longer than many a task.
 */
public final class ExecutorTokenizers {
    private static final Map<String, Tokenizer> LOADED = new ConcurrentHashMap<>();

    private ExecutorTokenizers() {}

    /** The tokenizer of these files, never closed. */
    public static Tokenizer get(TokenizerFiles files, String eosToken) {
        return LOADED.computeIfAbsent(
                files.sha256() + " " + Arrays.hashCode(files.configJson()) + " " + eosToken,
                key -> Tokenizers.load(files, eosToken));
    }
}
