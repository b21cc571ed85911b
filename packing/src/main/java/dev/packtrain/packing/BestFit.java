package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.List;

/** Packs a stock by {@link BestFitDecreasingPacker}, the fullest packs first, until few enough examples are left. */
final class BestFit {
    private BestFit() {}

    /**
     * Closes packs.
     *
     * @param mostLeft how many examples may stay in the stock
     */
    static void run(LengthStock stock, int maxLength, int mostLeft) {
        int[] left = stock.left();
        Packing packing = new BestFitDecreasingPacker().pack(left, maxLength, true);
        int[] room = new int[packing.numPacks()];
        int[] numExamples = new int[packing.numPacks()];
        for (int index = 0; index < left.length; index++) {
            room[packing.packOf()[index]] += left[index];
            numExamples[packing.packOf()[index]]++;
        }
        List<IntList> byRoom = new ArrayList<>();
        for (int pack = 0; pack < room.length; pack++) {
            int padding = maxLength - room[pack];
            while (byRoom.size() <= padding) {
                byRoom.add(null);
            }
            if (byRoom.get(padding) == null) {
                byRoom.set(padding, new IntList());
            }
            byRoom.get(padding).add(pack);
        }
        close(stock, left, membersOf(packing, numExamples), byRoom, mostLeft);
        stock.compact();
    }

    private static int[][] membersOf(Packing packing, int[] numExamples) {
        int[][] members = new int[numExamples.length][];
        for (int pack = 0; pack < members.length; pack++) {
            members[pack] = new int[numExamples[pack]];
        }
        int[] at = new int[members.length];
        for (int index = 0; index < packing.packOf().length; index++) {
            int pack = packing.packOf()[index];
            members[pack][at[pack]++] = index;
        }
        return members;
    }

    private static void close(LengthStock stock, int[] left, int[][] members, List<IntList> byRoom, int mostLeft) {
        for (IntList packs : byRoom) {
            for (int at = 0; packs != null && at < packs.size() && stock.numLeft > mostLeft; at++) {
                for (int index : members[packs.get(at)]) {
                    stock.take(left[index]);
                }
                stock.close(Integer.MAX_VALUE);
            }
        }
    }
}
