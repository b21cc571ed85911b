package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** Attention of one pack in every layer. Layers with the same window share what was made ready. */
public final class LayerAttentions implements AutoCloseable {
    private final List<Integer> windows;
    private final Map<Integer, PackAttention> byWindow = new LinkedHashMap<>();

    private IntFunction<Optional<KeyValuePrefix>> prefixes = layer -> Optional.empty();

    private LayerAttentions(List<Integer> windows) {
        this.windows = List.copyOf(windows);
    }

    /**
     * Gets a kernel ready.
     *
     * @param windows of every layer, in whatever way {@code masks} understands
     * @param masks the mask of a window
     * @param scale as for {@link AttentionKernel#prepare}
     */
    public static LayerAttentions prepare(
            AttentionKernel kernel, List<Integer> windows, IntFunction<FlashMask> masks, double scale) {
        LayerAttentions attentions = new LayerAttentions(windows);
        try {
            for (int window : windows) {
                if (!attentions.byWindow.containsKey(window)) {
                    attentions.byWindow.put(window, kernel.prepare(masks.apply(window), scale));
                }
            }
            return attentions;
        } catch (RuntimeException | Error e) {
            attentions.close();
            throw e;
        }
    }

    /**
     * The same with keys and values before the pack's own, which all tokens see, whatever the window.
     *
     * @param numPrefix N
     * @param prefixes of every layer, once the pass has begun
     */
    public static LayerAttentions prepare(
            AttentionKernel kernel,
            List<Integer> windows,
            IntFunction<FlashMask> masks,
            double scale,
            int numPrefix,
            IntFunction<Optional<KeyValuePrefix>> prefixes) {
        LayerAttentions attentions =
                prepare(kernel, windows, window -> PrefixedAttention.mask(masks.apply(window), numPrefix), scale);
        attentions.prefixes = prefixes;
        return attentions;
    }

    /** Attention of a layer, from 0; closed with this. */
    public PackAttention of(int layer) {
        PackAttention attention = byWindow.get(windows.get(layer));
        return prefix(layer)
                .<PackAttention>map(prefix -> new PrefixedAttention(attention, prefix))
                .orElse(attention);
    }

    /** What all tokens see in a layer beside the pack. */
    public Optional<KeyValuePrefix> prefix(int layer) {
        return prefixes.apply(layer);
    }

    @Override
    public void close() {
        byWindow.values().forEach(PackAttention::close);
    }
}
