package dev.packtrain.training.model;

import java.util.List;

/**
 * Attention of a model, layer by layer alike but for its windows.
 *
 * @param numQueryHeads query heads
 * @param numKeyValueHeads key and value heads; divides {@code numQueryHeads}
 * @param headDim width of a head, even
 * @param bias which projections have one
 * @param queryKeyNorm whether every head's query and key are normed (RMS) before they are turned
 * @param windows per layer: how many tokens a token sees, itself and those just before it; {@link #NO_WINDOW}: all
 */
public record AttentionConfig(
        int numQueryHeads, int numKeyValueHeads, int headDim, Bias bias, boolean queryKeyNorm, List<Integer> windows) {
    /** A layer's window that is none: a token sees all tokens of its document up to itself. */
    public static final int NO_WINDOW = 0;

    /** Which projections have a bias. */
    public enum Bias {
        /** None. */
        NONE,
        /** Query, key and value. */
        INPUT,
        /** Those and the output. */
        ALL
    }

    /** Copies the windows. */
    public AttentionConfig {
        windows = List.copyOf(windows);
    }

    /** Whether any layer has a window. */
    public boolean hasWindows() {
        return slidingWindow() != NO_WINDOW;
    }

    /** The window that all layers have that have one; {@link #NO_WINDOW} if none has. */
    public int slidingWindow() {
        return windows.stream().mapToInt(Integer::intValue).max().orElse(NO_WINDOW);
    }
}
