package dev.packtrain.pipeline.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out what the merges make of each character, for {@link Characters}.
 *
 * <p>Merging takes the lowest rank that is possible, again and again. Take a character alone: its bytes merge step by
 * step, and for every token at its end or start there is a largest rank up to which the steps go until that token is
 * used up (none if it stays). In a word, as long as no neighbour has taken a part of the character, it is somewhere on
 * the same way; a partial merge of rank q that takes the token can only come first if q is at most that largest rank, as
 * otherwise the character's own next step has a lower rank. So a place is safe if for every {@link PartialMerge}
 *
 * <ul>
 *   <li>that takes a part of the left character, that part is never there or used up below its rank, or the right
 *       character does not start as the merge wants, whatever became of it; and
 *   <li>the same holds with left and right exchanged.
 * </ul>
 *
 * <p>If both places beside a character are safe, the first merge that takes a part of it would have to find it untouched,
 * so there is none. It then becomes what it becomes alone. If that is one token which no merge of a rank below the
 * character's own steps takes, starting from the token gives the same merges in the same order.
 */
final class CharacterMerges {
    private static final int BYTES = 256;
    private static final int MAX_LENGTH = 3;

    private final MergeTable merges;
    private final int[] firstUse;
    /** Partial merges by the last byte before the place, and by the first byte after it. */
    private final List<List<Integer>> byLast = lists();

    private final List<List<Integer>> byFirst = lists();
    private final List<PartialMerge> partial = new ArrayList<>();

    /** Of a character alone, as it is merged. */
    private final int[] ids = new int[MAX_LENGTH];

    private final int[] lengths = new int[MAX_LENGTH];
    /** For a token of so many bytes at the end, or at the start, the largest rank until it is used up; -1: never there. */
    private final int[] endUntil = new int[MAX_LENGTH + 1];

    private final int[] startUntil = new int[MAX_LENGTH + 1];
    private int size;
    private int largest;

    /**
     * For the merges of a model.
     *
     * @param firstUse for every id the lowest rank of a merge that takes it, {@link MergeTable#NONE} if none does
     */
    CharacterMerges(MergeTable merges, List<PartialMerge> partial, int[] firstUse) {
        this.merges = merges;
        this.firstUse = firstUse;
        for (PartialMerge merge : partial) {
            byLast.get(merge.left()[merge.left().length - 1] & 0xFF).add(this.partial.size());
            byFirst.get(merge.right()[0] & 0xFF).add(this.partial.size());
            this.partial.add(merge);
        }
    }

    private static List<List<Integer>> lists() {
        List<List<Integer>> lists = new ArrayList<>(BYTES);
        for (int b = 0; b < BYTES; b++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }

    /**
     * Characters of one side that are alike.
     *
     * @param exposed partial merges that can take a part of such a character while it is untouched
     * @param fitting partial merges that such a character fits, whatever became of it
     */
    private record Side(BitSet exposed, BitSet fitting) {}

    /** The classes of one side, numbered as they come. */
    private static final class Classes {
        private final Map<Side, Integer> numbers = new HashMap<>();
        private final List<Side> sides = new ArrayList<>();

        int of(Side side) {
            Integer known = numbers.get(side);
            if (known == null) {
                sides.add(side);
                known = sides.size() < Characters.MAX_CLASSES ? sides.size() : Characters.UNSAFE;
                numbers.put(side, known);
            }
            return known;
        }

        int count() {
            return Math.min(sides.size() + 1, Characters.MAX_CLASSES);
        }
    }

    Characters characters() {
        Classes lefts = new Classes();
        Classes rights = new Classes();
        int[] left = new int[Characters.SIZE];
        int[] right = new int[Characters.SIZE];
        int[] tokens = new int[Characters.SIZE];
        for (int codePoint = 0; codePoint < Characters.SIZE; codePoint++) {
            if (!Character.isSurrogate((char) codePoint)) {
                byte[] utf8 = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
                tokens[codePoint] = merge(utf8);
                left[codePoint] = lefts.of(leftSide(utf8));
                right[codePoint] = rights.of(rightSide(utf8));
            }
        }
        Characters characters = new Characters(lefts.count(), rights.count());
        for (int codePoint = 0; codePoint < Characters.SIZE; codePoint++) {
            if (!Character.isSurrogate((char) codePoint)) {
                characters.put(codePoint, tokens[codePoint], left[codePoint], right[codePoint]);
            }
        }
        for (int l = 1; l < lefts.count(); l++) {
            for (int r = 1; r < rights.count(); r++) {
                if (!areSafe(lefts.sides.get(l - 1), rights.sides.get(r - 1))) {
                    characters.setUnsafe(l, r);
                }
            }
        }
        return characters;
    }

    private static boolean areSafe(Side left, Side right) {
        return !left.exposed().intersects(right.fitting()) && !left.fitting().intersects(right.exposed());
    }

    private Side leftSide(byte[] utf8) {
        Side side = new Side(new BitSet(), new BitSet());
        for (int index : byLast.get(utf8[utf8.length - 1] & 0xFF)) {
            PartialMerge merge = partial.get(index);
            if (merge.endsLeft(utf8)) {
                side.fitting().set(index);
                int part = merge.left().length;
                if (part < utf8.length && endUntil[part] >= merge.rank()) {
                    side.exposed().set(index);
                }
            }
        }
        return side;
    }

    private Side rightSide(byte[] utf8) {
        Side side = new Side(new BitSet(), new BitSet());
        for (int index : byFirst.get(utf8[0] & 0xFF)) {
            PartialMerge merge = partial.get(index);
            if (merge.startsRight(utf8)) {
                side.fitting().set(index);
                int part = merge.right().length;
                if (part < utf8.length && startUntil[part] >= merge.rank()) {
                    side.exposed().set(index);
                }
            }
        }
        return side;
    }

    /** Merges a character alone; returns the token that it can be merged from on, or -1. */
    private int merge(byte[] utf8) {
        size = utf8.length;
        largest = -1;
        Arrays.fill(endUntil, -1);
        Arrays.fill(startUntil, -1);
        for (int i = 0; i < size; i++) {
            ids[i] = merges.byteId(utf8[i]);
            lengths[i] = 1;
        }
        int best = lowest();
        while (best >= 0) {
            step(best);
            best = lowest();
        }
        endUntil[lengths[size - 1]] = MergeTable.NONE;
        startUntil[lengths[0]] = MergeTable.NONE;
        return size == 1 && firstUse[ids[0]] > largest ? ids[0] : -1;
    }

    private int lowest() {
        int best = -1;
        int rank = MergeTable.NONE;
        for (int i = 0; i + 1 < size; i++) {
            int next = merges.rank(ids[i], ids[i + 1]);
            if (next < rank) {
                rank = next;
                best = i;
            }
        }
        return best;
    }

    private void step(int at) {
        int rank = merges.rank(ids[at], ids[at + 1]);
        largest = Math.max(largest, rank);
        if (at + 2 == size) {
            endUntil[lengths[size - 1]] = largest;
        }
        if (at == 0) {
            startUntil[lengths[0]] = largest;
        }
        ids[at] = merges.result(rank);
        lengths[at] += lengths[at + 1];
        for (int i = at + 1; i + 1 < size; i++) {
            ids[i] = ids[i + 1];
            lengths[i] = lengths[i + 1];
        }
        size--;
    }
}
