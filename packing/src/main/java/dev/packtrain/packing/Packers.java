package dev.packtrain.packing;

import java.util.List;

/** The packer of each {@link PackingMethod}. Packers hold no state and may be shared between threads. */
public final class Packers {
    private Packers() {}

    /** The packer that does what {@code method} says. */
    public static Packer of(PackingMethod method) {
        return switch (method) {
            case NONE -> new OnePerPackPacker();
            case NEXT_FIT -> new NextFitPacker();
            case BEST_FIT_DECREASING -> new BestFitDecreasingPacker();
        };
    }

    /** Refuses a capacity below 1 and an example that no pack can hold; truncating is the tokeniser's work. */
    static void requireFits(List<TokenizedExample> group, int maxLength) {
        if (maxLength < 1) {
            throw new IllegalArgumentException("max_length is %d; wanted at least 1".formatted(maxLength));
        }
        for (TokenizedExample example : group) {
            if (example.length() > maxLength) {
                throw new IllegalArgumentException("example %d has %d tokens; a pack holds at most max_length = %d"
                        .formatted(example.id(), example.length(), maxLength));
            }
        }
    }
}
