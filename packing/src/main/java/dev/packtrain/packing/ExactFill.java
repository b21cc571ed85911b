package dev.packtrain.packing;

/**
 * Cuts patterns without any padding out of a stock of lengths: a seed, then more while the room is wide, then one, two or
 * three lengths that fill the rest to the token. Where there is a choice, the lengths of which there are most are taken, so
 * that the stock stays varied and the next rest can be filled too.
 *
 * <p>A pattern is repeated as long as there is plenty, so the work is a matter of patterns and not of examples: some
 * hundreds a group of 16,384 where lengths are few.
 */
final class ExactFill {
    /** What a pattern begins with. */
    enum Seed {
        /** The length of which there are most: for lengths of a narrow range. */
        MOST_PLENTIFUL,
        /** The longest length: where long ones are hard to place. */
        LONGEST
    }

    /** Packs of a pattern in one go: this part of what the stock would give. Greedier is faster and leaves more over. */
    private static final int DIVISOR = 4;
    /** Patterns between two looks at which lengths have run out. */
    private static final int COMPACT_EVERY = 32;
    /** Steps that all searches for three lengths may take: what thousands of distinct lengths need would be seconds. */
    private static final int MOST_STEPS = 1 << 24;

    /** Lengths that all looks for a next length and for two lengths may visit: afterwards no pattern is begun. */
    private static final int MOST_VISITS = 1 << 24;

    private final LengthStock stock;
    private final Seed seed;
    /** Lengths that no pattern was found for. */
    private final boolean[] hopeless;

    /** The longer of the best pair that {@link #findPair} found, and how often the stock has that pair. */
    private int pairLonger;

    private int pairPlenty;
    private int steps = MOST_STEPS;
    private int visits = MOST_VISITS;

    private ExactFill(LengthStock stock, Seed seed, int maxLength) {
        this.stock = stock;
        this.seed = seed;
        this.hopeless = new boolean[maxLength + 1];
    }

    /** Leaves in the stock what fills no pack to the last token. */
    static void run(LengthStock stock, Seed seed, int maxLength) {
        new ExactFill(stock, seed, maxLength).run();
        stock.compact();
    }

    private void run() {
        int sinceCompact = 0;
        for (int first = next(true); first > 0 && visits > 0; first = next(true)) {
            stock.take(first);
            while (stock.room > 3 * stock.longest()) {
                int more = next(false);
                if (more == 0) {
                    stock.undo();
                    return;
                }
                stock.take(more);
            }
            if (complete(stock.room)) {
                stock.close(DIVISOR);
            } else {
                stock.undo();
                hopeless[first] = true;
            }
            if (++sinceCompact == COMPACT_EVERY) {
                sinceCompact = 0;
                stock.compact();
            }
        }
    }

    /** The next length of a pattern, 0 if there is none. */
    private int next(boolean asSeed) {
        int best = 0;
        int plenty = 0;
        visits -= stock.numDistinct;
        for (int index = 0; index < stock.numDistinct; index++) {
            int length = stock.distinct[index];
            if (stock.count[length] > plenty && !(asSeed && hopeless[length])) {
                if (seed == Seed.LONGEST) {
                    return length;
                }
                // A division only where it gives more than the best so far.
                if (asSeed || plenty == 0 || stock.isPlentier(length, plenty)) {
                    plenty = asSeed ? stock.count[length] : Math.max(1, stock.plenty(length));
                    best = length;
                }
            }
        }
        return best;
    }

    /** Takes one, two or three lengths that fill the room; false if there are none. */
    private boolean complete(int room) {
        if (room == 0) {
            return true;
        }
        int longest = stock.longest();
        int single = room <= longest ? stock.count[room] : 0;
        pairPlenty = single;
        visits -= longest;
        boolean pair = room <= 2 * longest && findPair(room, longest);
        int longer = pairLonger;
        int third = room <= 3 * longest ? findThird(room) : 0;
        if (third > 0) {
            stock.take(third);
            longer = pairLonger;
        } else if (!pair) {
            if (single > 0) {
                stock.take(room);
            }
            return single > 0;
        }
        int rest = room - third;
        stock.take(longer);
        stock.take(rest - longer);
        return true;
    }

    /** Two lengths of this sum, none above {@code most}, that are more plentiful than {@link #pairPlenty}, which then is theirs. */
    private boolean findPair(int sum, int most) {
        int[] count = stock.count;
        int to = Math.min(sum - stock.shortest(), most);
        boolean found = false;
        for (int longer = (sum + 1) / 2; longer <= to; longer++) {
            int plenty = Math.min(count[longer], count[sum - longer]);
            if (2 * longer == sum) {
                plenty /= 2;
            }
            if (plenty > pairPlenty) {
                pairPlenty = plenty;
                pairLonger = longer;
                found = true;
            }
        }
        return found;
    }

    /** A length that with the pair of none longer then found fills the room and is more plentiful than {@link #pairPlenty}; 0 if none. */
    private int findThird(int room) {
        int third = 0;
        int longer = pairLonger;
        int shortest = stock.shortest();
        for (int index = 0; index < stock.numDistinct && steps > 0; index++) {
            int length = stock.distinct[index];
            int rest = room - length;
            if (stock.count[length] <= pairPlenty || rest < 2 * shortest || rest > 2 * length) {
                continue;
            }
            steps -= Math.min(rest - shortest, length) - (rest + 1) / 2 + 1;
            int before = pairPlenty;
            stock.count[length]--;
            boolean found = findPair(rest, length);
            stock.count[length]++;
            if (found) {
                boolean twice = pairLonger == length || rest - pairLonger == length;
                int plenty = Math.min(pairPlenty, stock.count[length] / (twice ? 2 : 1));
                if (plenty > before) {
                    third = length;
                    longer = pairLonger;
                    pairPlenty = plenty;
                } else {
                    pairPlenty = before;
                }
            }
        }
        pairLonger = longer;
        return third;
    }
}
