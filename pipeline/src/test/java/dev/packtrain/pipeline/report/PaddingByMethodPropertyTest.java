package dev.packtrain.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What the methods would need, beside the plainest code that does what each says. */
class PaddingByMethodPropertyTest {
    private static int[] lengths(long seed, int size, int maxLength) {
        Random random = new Random(seed);
        int longest = 1 + random.nextInt(maxLength);
        return random.ints(size, 1, longest + 1).toArray();
    }

    private static int bestFitDecreasing(int[] lengths, int maxLength) {
        int[] sorted = lengths.clone();
        Arrays.sort(sorted);
        int[] rooms = new int[sorted.length];
        int packs = 0;
        for (int i = sorted.length - 1; i >= 0; i--) {
            int best = -1;
            for (int pack = 0; pack < packs; pack++) {
                if (rooms[pack] >= sorted[i] && (best < 0 || rooms[pack] < rooms[best])) {
                    best = pack;
                }
            }
            if (best < 0) {
                best = packs++;
                rooms[best] = maxLength;
            }
            rooms[best] -= sorted[i];
        }
        return packs;
    }

    private static int worstFit(int[] lengths, int maxLength) {
        int[] rooms = new int[lengths.length];
        int packs = 0;
        for (int length : lengths) {
            int most = 0;
            for (int pack = 1; pack < packs; pack++) {
                most = rooms[pack] > rooms[most] ? pack : most;
            }
            if (packs == 0 || rooms[most] < length) {
                most = packs++;
                rooms[most] = maxLength;
            }
            rooms[most] -= length;
        }
        return packs;
    }

    private static int nextFit(int[] lengths, int maxLength) {
        int packs = 0;
        int room = 0;
        for (int length : lengths) {
            if (length > room) {
                packs++;
                room = maxLength;
            }
            room -= length;
        }
        return packs;
    }

    @Property(tries = 300)
    void bestFitDecreasingOfTheHistogramIsThatOfTheExamples(
            @ForAll long seed,
            @ForAll @IntRange(min = 0, max = 400) int size,
            @ForAll @IntRange(min = 1, max = 120) int maxLength) {
        int[] lengths = lengths(seed, size, maxLength);
        Tally tally = new Tally();
        Arrays.stream(lengths).forEach(tally::add);

        long packs = HistogramPacks.bestFitDecreasing(tally.toArray(), maxLength);

        assertThat(packs).isEqualTo(bestFitDecreasing(lengths, maxLength));
        assertThat(packs)
                .isGreaterThanOrEqualTo(
                        HistogramPacks.bound(Arrays.stream(lengths).sum(), maxLength));
    }

    @Property(tries = 150)
    void orderedMethodsAreCountedAsTheyComeWindowByWindow(
            @ForAll long seed,
            @ForAll @IntRange(min = 0, max = 1200) int size,
            @ForAll @IntRange(min = 1, max = 120) int maxLength) {
        int[] lengths = lengths(seed, size, maxLength);
        WindowedSlots windows = new WindowedSlots(maxLength);
        Arrays.stream(lengths).forEach(windows::add);

        long worstFit = 0;
        for (int from = 0; from < size; from += WindowedSlots.WORST_FIT_WINDOW) {
            int to = Math.min(size, from + WindowedSlots.WORST_FIT_WINDOW);
            worstFit += worstFit(Arrays.copyOfRange(lengths, from, to), maxLength);
        }
        long batched = 0;
        for (int from = 0; from < size; from += Padding.BATCH_SIZE) {
            int[] batch = Arrays.copyOfRange(lengths, from, Math.min(size, from + Padding.BATCH_SIZE));
            batched += (long) batch.length * Arrays.stream(batch).max().orElseThrow();
        }
        assertThat(windows.worstFitPacks()).isEqualTo(worstFit);
        assertThat(windows.nextFitPacks()).isEqualTo(nextFit(lengths, maxLength));
        assertThat(windows.batchedSlots()).isEqualTo(batched);
    }
}
