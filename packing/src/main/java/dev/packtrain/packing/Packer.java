package dev.packtrain.packing;

import java.util.List;

/**
 * Packs one group (a packing window). Every example lands in exactly one pack, no pack exceeds the capacity, and the
 * same group gives the same packs in the same order.
 */
@FunctionalInterface
public interface Packer {
    /**
     * Packs a group.
     *
     * @param group examples of at most {@code maxLength} tokens each, in input order; may be empty
     * @param maxLength capacity of a pack in tokens, at least 1
     * @return packs in the order in which they are to be written
     * @throws IllegalArgumentException if an example is longer than {@code maxLength}
     */
    List<Pack> pack(List<TokenizedExample> group, int maxLength);
}
