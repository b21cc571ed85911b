package dev.packtrain.pipeline.report;

import dev.packtrain.packing.Packer;
import dev.packtrain.packing.Packers;
import dev.packtrain.packing.Packing;
import dev.packtrain.packing.PackingMethod;
import java.util.Arrays;
import java.util.List;

/** Packs the lengths of a few groups as a run would, to see what a method would leave empty. */
final class GroupTrial {
    private final Packer packer;
    private final int maxLength;
    private long packs;

    private GroupTrial(PackingMethod method, int maxLength) {
        this.packer = Packers.of(method);
        this.maxLength = maxLength;
    }

    /** Packs that {@code method} needs for the examples of these groups; what they carry is packed together at the end. */
    static long packs(PackingMethod method, List<Tally.Counts> groups, int maxLength) {
        GroupTrial trial = new GroupTrial(method, maxLength);
        int[] carried = new int[0];
        for (Tally.Counts group : groups) {
            int[] left = trial.pack(lengths(group), false);
            int from = carried.length;
            carried = Arrays.copyOf(carried, from + left.length);
            System.arraycopy(left, 0, carried, from, left.length);
        }
        trial.pack(carried, true);
        return trial.packs;
    }

    /** Packs a group and returns the lengths of what is carried. */
    private int[] pack(int[] lengths, boolean last) {
        Packing packing = packer.pack(lengths, maxLength, last);
        packs += packing.numPacks();
        int[] carried = new int[packing.numCarried()];
        int size = 0;
        for (int i = 0; i < lengths.length; i++) {
            if (packing.packOf()[i] == Packing.CARRIED) {
                carried[size++] = lengths[i];
            }
        }
        return carried;
    }

    private static int[] lengths(Tally.Counts group) {
        int[] lengths = new int[Math.toIntExact(Arrays.stream(group.counts()).sum())];
        int at = 0;
        for (int i = 0; i < group.values().length; i++) {
            int end = at + Math.toIntExact(group.counts()[i]);
            Arrays.fill(lengths, at, end, group.values()[i]);
            at = end;
        }
        return lengths;
    }
}
