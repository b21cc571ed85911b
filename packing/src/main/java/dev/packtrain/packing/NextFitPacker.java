package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.List;

/**
 * {@link PackingMethod#NEXT_FIT}: one open pack; when the next example does not fit, the pack is closed for good. Input
 * order is kept, and the work is O(n). At most twice the optimal number of packs (Johnson 1973).
 */
final class NextFitPacker implements Packer {
    @Override
    public List<Pack> pack(List<TokenizedExample> group, int maxLength) {
        Packers.requireFits(group, maxLength);
        List<Pack> packs = new ArrayList<>();
        List<TokenizedExample> open = new ArrayList<>();
        int room = maxLength;
        for (TokenizedExample example : group) {
            if (example.length() > room) {
                packs.add(new Pack(open));
                open.clear();
                room = maxLength;
            }
            open.add(example);
            room -= example.length();
        }
        if (!open.isEmpty()) {
            packs.add(new Pack(open));
        }
        return List.copyOf(packs);
    }
}
