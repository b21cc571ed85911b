package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** What a {@link Packing} must be, and how tests look at it. */
final class Packings {
    private Packings() {}

    /** Every example in one pack or carried, none carried if last, no pack too long or empty. */
    static void assertWhole(Packing packing, int[] lengths, int maxLength, boolean last) {
        assertThat(packing.packOf()).hasSameSizeAs(lengths);
        int[] tokens = new int[packing.numPacks()];
        for (int index = 0; index < lengths.length; index++) {
            int pack = packing.packOf()[index];
            assertThat(pack).isBetween(last ? 0 : Packing.CARRIED, packing.numPacks() - 1);
            if (pack != Packing.CARRIED) {
                tokens[pack] += lengths[index];
            }
        }
        for (int filled : tokens) {
            assertThat(filled).isBetween(1, maxLength);
        }
    }

    /** The members of each pack, by pack number. */
    static List<List<Integer>> members(Packing packing) {
        List<List<Integer>> members = new ArrayList<>();
        for (int pack = 0; pack < packing.numPacks(); pack++) {
            members.add(new ArrayList<>());
        }
        for (int index = 0; index < packing.packOf().length; index++) {
            if (packing.packOf()[index] != Packing.CARRIED) {
                members.get(packing.packOf()[index]).add(index);
            }
        }
        return members;
    }
}
