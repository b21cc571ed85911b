package dev.packtrain.packing;

/**
 * Packs one group (a packing window) by the lengths of its examples. Every example gets exactly one pack or is carried
 * to a later group, no pack exceeds the capacity, and the same arguments give the same packing: a packer keeps nothing
 * between calls, so what one group becomes never depends on another.
 */
@FunctionalInterface
public interface Packer {
    /**
     * Packs a group.
     *
     * @param lengths tokens of each example, from 1 to {@code maxLength}, in input order; may be empty; not changed
     * @param maxLength capacity of a pack in tokens, at least 1
     * @param last whether no later group can take what does not fill a pack here: then nothing is carried
     * @return the pack of each example
     * @throws IllegalArgumentException if a length is below 1 or above {@code maxLength}
     */
    Packing pack(int[] lengths, int maxLength, boolean last);
}
