package dev.packtrain.packing;

import java.util.Arrays;

/**
 * How many examples of each length a group still has, and the patterns cut from it. A pattern is the lengths of a pack and
 * how many such packs there are.
 *
 * <p>A pattern is built by {@link #take}ing lengths and then closed or undone. Fields are open to the algorithms of this
 * package, whose inner loops read them.
 */
final class LengthStock {
    /** Number of examples left, by length. */
    final int[] count;
    /** Lengths from the longest to the shortest; some of them may have run out since {@link #compact()}. */
    final int[] distinct;

    int numDistinct;
    /** Examples left, those of the open pattern not included. */
    int numLeft;
    /** Tokens that the open pattern still takes. */
    int room;

    private final int maxLength;
    private final int[] used;
    private final IntList items = new IntList();
    private final IntList ends = new IntList();
    private final IntList repeats = new IntList();
    private int numPacks;

    LengthStock(int[] lengths, int maxLength) {
        this.maxLength = maxLength;
        count = new int[maxLength + 1];
        used = new int[maxLength + 1];
        for (int length : lengths) {
            count[length]++;
        }
        int number = 0;
        for (int length = 1; length <= maxLength; length++) {
            number += count[length] > 0 ? 1 : 0;
        }
        distinct = new int[number];
        for (int length = maxLength; length >= 1; length--) {
            if (count[length] > 0) {
                distinct[numDistinct++] = length;
            }
        }
        numLeft = lengths.length;
        room = maxLength;
    }

    /** Forgets the lengths that have run out. */
    void compact() {
        int kept = 0;
        for (int index = 0; index < numDistinct; index++) {
            if (count[distinct[index]] > 0) {
                distinct[kept++] = distinct[index];
            }
        }
        numDistinct = kept;
    }

    /** At least the longest length left; 0 if there is none. */
    int longest() {
        return numDistinct == 0 ? 0 : distinct[0];
    }

    /** At most the shortest length left; 0 if there is none. */
    int shortest() {
        return numDistinct == 0 ? 0 : distinct[numDistinct - 1];
    }

    /** Puts an example of this length, of which there is one, into the open pattern. */
    void take(int length) {
        count[length]--;
        used[length]++;
        items.add(length);
        numLeft--;
        room -= length;
    }

    /** How many examples of this length are left for each that the open pattern would have with one more. */
    int plenty(int length) {
        return count[length] / (used[length] + 1);
    }

    /** Whether {@link #plenty} is above {@code plenty}. */
    boolean isPlentier(int length, int plenty) {
        return count[length] >= (plenty + 1L) * (used[length] + 1);
    }

    /** Closes the open pattern: one pack, and of the further packs that the stock has left the {@code divisor}th part. */
    void close(int divisor) {
        int from = openFrom();
        int more = Integer.MAX_VALUE;
        for (int at = from; at < items.size(); at++) {
            more = Math.min(more, count[items.get(at)] / used[items.get(at)]);
        }
        more = (more + 1) / divisor - 1;
        repeats.add(1 + Math.max(0, more));
        for (int at = from; at < items.size(); at++) {
            used[items.get(at)] = 0;
            if (more > 0) {
                count[items.get(at)] -= more;
                numLeft -= more;
            }
        }
        numPacks += repeats.get(repeats.size() - 1);
        ends.add(items.size());
        room = maxLength;
    }

    /** Gives back what the open pattern took. */
    void undo() {
        int from = openFrom();
        for (int at = from; at < items.size(); at++) {
            count[items.get(at)]++;
            used[items.get(at)] = 0;
            numLeft++;
        }
        items.truncate(from);
        room = maxLength;
    }

    private int openFrom() {
        return ends.size() == 0 ? 0 : ends.get(ends.size() - 1);
    }

    int numPacks() {
        return numPacks;
    }

    /** The lengths left, longest first. */
    int[] left() {
        int[] left = new int[numLeft];
        int at = 0;
        for (int index = 0; index < numDistinct; index++) {
            Arrays.fill(left, at, at + count[distinct[index]], distinct[index]);
            at += count[distinct[index]];
        }
        return left;
    }

    /** Gives the examples to the packs, of equal lengths the earlier first; those left over are carried. */
    Packing assign(int[] lengths) {
        // next[T] … end of T's part: the examples of length T in input order.
        int[] next = new int[maxLength + 2];
        for (int length : lengths) {
            next[length + 1]++;
        }
        for (int length = 1; length <= maxLength + 1; length++) {
            next[length] += next[length - 1];
        }
        int[] order = new int[lengths.length];
        int[] at = next.clone();
        for (int index = 0; index < lengths.length; index++) {
            order[at[lengths[index]]++] = index;
        }
        int[] packOf = new int[lengths.length];
        Arrays.fill(packOf, Packing.CARRIED);
        int pack = 0;
        int from = 0;
        for (int pattern = 0; pattern < ends.size(); pattern++) {
            int to = ends.get(pattern);
            for (int repeat = repeats.get(pattern); repeat > 0; repeat--) {
                for (int item = from; item < to; item++) {
                    packOf[order[next[items.get(item)]++]] = pack;
                }
                pack++;
            }
            from = to;
        }
        return new Packing(pack, packOf);
    }
}
