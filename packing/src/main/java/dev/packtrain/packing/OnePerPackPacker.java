package dev.packtrain.packing;

import java.util.List;

/** {@link PackingMethod#NONE}: every example alone, in input order. */
final class OnePerPackPacker implements Packer {
    @Override
    public List<Pack> pack(List<TokenizedExample> group, int maxLength) {
        Packers.requireFits(group, maxLength);
        return group.stream().map(example -> new Pack(List.of(example))).toList();
    }
}
