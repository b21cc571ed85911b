package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packs groups of examples: the method decides by lengths which examples share a pack, a seeded shuffle decides the order
 * of the packs.
 *
 * <p>Inside a pack examples stand in the order of the group. The packs of a group come in an order that is a pure
 * function of the seed, the group's number and how many they are, and so has nothing to do with lengths, though every
 * good method works through them sorted. So lengths in any 1,000 consecutive packs of a group are distributed like those of
 * the whole group: for every length, the share of a pack's tokens that are in examples of at most that length, averaged
 * over them, stays within 0.08 of the group's.
 *
 * <p>Holds no state beside its settings; may be shared between threads.
 */
public final class GroupPacker {
    private final Packer packer;
    private final int maxLength;
    private final long seed;

    private GroupPacker(Packer packer, int maxLength, long seed) {
        this.packer = packer;
        this.maxLength = maxLength;
        this.seed = seed;
    }

    /**
     * With a method's packer.
     *
     * @param maxLength capacity of a pack in tokens, at least 1
     * @param seed of the order of packs
     */
    public static GroupPacker of(PackingMethod method, int maxLength, long seed) {
        Packer packer = Packers.of(method);
        packer.pack(new int[0], maxLength, true); // refuses a bad capacity at once
        return new GroupPacker(packer, maxLength, seed);
    }

    /**
     * Packs a group.
     *
     * @param group examples of at most {@code maxLength} tokens each, in input order; may be empty
     * @param groupNumber unique among the groups of a data set, those of carried examples included
     * @param last whether nothing may be carried
     * @throws IllegalArgumentException if an example is longer than {@code maxLength}
     */
    public PackedGroup pack(List<TokenizedExample> group, long groupNumber, boolean last) {
        int[] lengths = new int[group.size()];
        for (int index = 0; index < lengths.length; index++) {
            lengths[index] = group.get(index).length();
        }
        Packing packing = packer.pack(lengths, maxLength, last);
        return collect(group, packing, PackOrder.shuffled(packing.numPacks(), seed, groupNumber));
    }

    /** Pack {@code p} comes at {@code order[p]}. */
    private static PackedGroup collect(List<TokenizedExample> group, Packing packing, int[] order) {
        int numPacks = packing.numPacks();
        int[] packOf = packing.packOf();
        // Counting sort by place; what is carried comes after the packs.
        int[] end = new int[numPacks + 1];
        for (int pack : packOf) {
            end[pack == Packing.CARRIED ? numPacks : order[pack]]++;
        }
        for (int place = 1; place <= numPacks; place++) {
            end[place] += end[place - 1];
        }
        TokenizedExample[] sorted = new TokenizedExample[packOf.length];
        int[] start = end.clone();
        for (int index = packOf.length - 1; index >= 0; index--) {
            int pack = packOf[index];
            sorted[--start[pack == Packing.CARRIED ? numPacks : order[pack]]] = group.get(index);
        }
        List<TokenizedExample> all = Arrays.asList(sorted);
        List<Pack> packs = new ArrayList<>(numPacks);
        for (int place = 0; place < numPacks; place++) {
            packs.add(new Pack(all.subList(start[place], end[place])));
        }
        return new PackedGroup(packs, all.subList(start[numPacks], end[numPacks]));
    }
}
