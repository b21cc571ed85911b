package dev.packtrain.packing;

/**
 * {@link PackingMethod#PATTERN}: packs are cut from the group's histogram of lengths by patterns without padding
 * ({@link ExactFill}); what fills no pack is carried. {@code docs/adr/0005-pattern-packing.md} has the reasons and figures.
 *
 * <p>Fall-back rules, for lengths that patterns serve badly:
 * <ul>
 *   <li>where best-fit-decreasing is within one pack of {@value #NEAR_OPTIMAL_PART} of the bound L2 it does the work: with many
 *       distinct lengths, or many longer than half a pack, it is that good, and faster. Its fullest packs are closed and at most one
 *       example of {@value #CARRIED_PART} is carried;
 *   <li>if patterns that begin with the most plentiful length carry more than one example of {@value #GOOD_PART}, patterns
 *       that begin with the longest length are tried too, and the better of both is kept;
 *   <li>if still more than one example of {@value #CARRIED_PART} would be carried, best-fit-decreasing packs are made of them
 *       and the fullest closed, so that a level of the carry tree is always at most an eighth of the one before;
 *   <li>in the last group what is left goes into packs with the least possible padding ({@link SlackFill}), and the fewest
 *       packs of both kinds of patterns and of plain best-fit-decreasing count, which is thus never better.
 * </ul>
 *
 * <p>Packs are numbered in the order in which their patterns were cut.
 */
final class PatternPacker implements Packer {
    static final int GOOD_PART = 32;
    static final int CARRIED_PART = 8;
    static final int NEAR_OPTIMAL_PART = 500;

    @Override
    public Packing pack(int[] lengths, int maxLength, boolean last) {
        Packers.requireFits(lengths, maxLength);
        return last ? packAll(lengths, maxLength) : packMost(lengths, maxLength);
    }

    private static Packing packMost(int[] lengths, int maxLength) {
        LengthStock stock = new LengthStock(lengths, maxLength);
        if (!bestFitIsNearOptimal(lengths, maxLength)) {
            stock = filled(lengths, maxLength, ExactFill.Seed.MOST_PLENTIFUL);
            if (stock.numLeft > lengths.length / GOOD_PART) {
                LengthStock other = filled(lengths, maxLength, ExactFill.Seed.LONGEST);
                stock = other.numLeft < stock.numLeft ? other : stock;
            }
        }
        if (stock.numLeft > lengths.length / CARRIED_PART) {
            BestFit.run(stock, maxLength, lengths.length / CARRIED_PART);
        }
        return stock.assign(lengths);
    }

    private static boolean bestFitIsNearOptimal(int[] lengths, int maxLength) {
        int numPacks =
                new BestFitDecreasingPacker().pack(lengths, maxLength, true).numPacks();
        long bound = PackingBounds.l2(lengths, maxLength);
        return numPacks <= bound + bound / NEAR_OPTIMAL_PART;
    }

    private static Packing packAll(int[] lengths, int maxLength) {
        long bound = PackingBounds.l2(lengths, maxLength);
        Packing best = new BestFitDecreasingPacker().pack(lengths, maxLength, true);
        for (ExactFill.Seed seed : ExactFill.Seed.values()) {
            if (best.numPacks() > bound) {
                LengthStock stock = filled(lengths, maxLength, seed);
                SlackFill.run(stock, maxLength);
                best = stock.numPacks() < best.numPacks() ? stock.assign(lengths) : best;
            }
        }
        return best;
    }

    private static LengthStock filled(int[] lengths, int maxLength, ExactFill.Seed seed) {
        LengthStock stock = new LengthStock(lengths, maxLength);
        ExactFill.run(stock, seed, maxLength);
        return stock;
    }
}
