package dev.packtrain.packing;

/** The packer of each {@link PackingMethod}. Packers hold no state and may be shared between threads. */
public final class Packers {
    private Packers() {}

    /** The packer that does what {@code method} says. */
    public static Packer of(PackingMethod method) {
        return switch (method) {
            case NONE -> new OnePerPackPacker();
            case NEXT_FIT -> new NextFitPacker();
            case WORST_FIT -> new WorstFitPacker();
            case BEST_FIT_DECREASING -> new BestFitDecreasingPacker();
            case PATTERN -> new PatternPacker();
        };
    }

    /** Refuses a capacity below 1 and an example that no pack can hold; truncating is the tokeniser's work. */
    static void requireFits(int[] lengths, int maxLength) {
        if (maxLength < 1) {
            throw new IllegalArgumentException("max_length is %d; wanted at least 1".formatted(maxLength));
        }
        for (int index = 0; index < lengths.length; index++) {
            if (lengths[index] < 1 || lengths[index] > maxLength) {
                throw new IllegalArgumentException(
                        "example %d of the group has %d tokens; a pack holds 1 to max_length = %d"
                                .formatted(index, lengths[index], maxLength));
            }
        }
    }
}
