package dev.packtrain.pipeline.encode;

import java.util.SplittableRandom;

/**
 * {@code use_pose_convert}: position ids that jump once, so that a model learns positions up to
 * {@code scaled_max_length} from examples of {@code max_length} (Positional Skip-wise training, arXiv 2309.10400,
 * section 3.2, with two chunks).
 *
 * <p>The first chunk has {@code 1 … n / 2} of the example's n tokens and starts at 0; the second goes on after a gap of
 * {@code 0 … scaled_max_length − n}; both are uniform, and a pure function of the seed and the row's number.
 */
final class PosePositions {
    private final int scaledMaxLength;
    private final long seed;

    PosePositions(int scaledMaxLength, long seed) {
        this.scaledMaxLength = scaledMaxLength;
        this.seed = seed;
    }

    /**
     * Positions of an example.
     *
     * @param id number of its row
     * @param piece which of the row's examples it is
     * @param length its tokens, {@code scaled_max_length} at most
     */
    int[] of(long id, int piece, int length) {
        SplittableRandom random = new SplittableRandom(
                new SplittableRandom(seed).nextLong() ^ new SplittableRandom(id).nextLong() + piece);
        int[] positions = new int[length];
        int first = length < 2 ? length : random.nextInt(1, length / 2 + 1);
        int gap = random.nextInt(scaledMaxLength - length + 1);
        for (int i = 0; i < length; i++) {
            positions[i] = i < first ? i : i + gap;
        }
        return positions;
    }
}
