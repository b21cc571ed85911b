package dev.packtrain.packing;

import java.util.List;

/**
 * A group after packing.
 *
 * @param packs in the order in which they are to be written, see {@link GroupPacker}
 * @param carried the examples that are left to a later group, in the order of this one; empty if this one was the last
 */
public record PackedGroup(List<Pack> packs, List<TokenizedExample> carried) {
    public PackedGroup {
        packs = List.copyOf(packs);
        carried = List.copyOf(carried);
    }
}
