package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.kernels.TilePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The masks that {@code bench attention} measures, all over one pack of {@code numTokens}. */
final class AttentionMasks {
    /** Shortest and longest of the uneven documents. */
    private static final int SHORTEST = 16;

    private static final int LONGEST = 240;

    private final int numTokens;
    private final int[] even;
    private final int[] uneven;

    /** With {@code numDocuments} documents as equal as can be; another cut of the same pack is uneven. */
    AttentionMasks(int numTokens, int numDocuments) {
        this.numTokens = numTokens;
        even = IntStream.rangeClosed(0, numDocuments)
                .map(document -> (int) ((long) numTokens * document / numDocuments))
                .toArray();
        uneven = uneven(numTokens);
    }

    private static int[] uneven(int numTokens) {
        SplittableRandom random = new SplittableRandom(42);
        IntStream.Builder bounds = IntStream.builder().add(0);
        int end = 0;
        while (end < numTokens) {
            end = Math.min(numTokens, end + random.nextInt(SHORTEST, LONGEST + 1));
            bounds.add(end);
        }
        return bounds.build().toArray();
    }

    /** Those of the table in docs/benchmarks.md. */
    Map<String, FlashMask> few() {
        Map<String, FlashMask> masks = new LinkedHashMap<>();
        masks.put("causal", FlashMasks.causal(numTokens));
        masks.put("full", FlashMasks.full(numTokens));
        masks.put((even.length - 1) + " documents", FlashMasks.causalDocument(even));
        masks.put((uneven.length - 1) + " uneven documents", FlashMasks.causalDocument(uneven));
        return masks;
    }

    /** Of {@link #few}, those of causal documents. */
    Map<String, FlashMask> causalDocuments() {
        Map<String, FlashMask> masks = few();
        masks.remove("full");
        return masks;
    }

    /** The paper's twelve, of sizes in proportion to those that it measures at 8,192 tokens. */
    Map<String, FlashMask> all() {
        Map<String, FlashMask> masks = few();
        int eighth = Math.max(1, numTokens / 8);
        masks.put("sliding window", FlashMasks.slidingWindow(numTokens, eighth));
        masks.put("document", FlashMasks.document(even));
        masks.put("shared question", FlashMasks.sharedQuestion(questions()));
        masks.put(
                "global + sliding window",
                FlashMasks.globalSlidingWindow(numTokens, Math.max(1, eighth / 8), Math.max(1, eighth / 2)));
        masks.put("causal blockwise", FlashMasks.causalBlockwise(even));
        masks.put("prefix documents", FlashMasks.prefixLmDocument(even, halves()));
        masks.put("prefix causal", FlashMasks.prefixLmCausal(numTokens, eighth));
        masks.put("QK-sparse", FlashMasks.qkSparse(numTokens, new int[] {eighth / 2}, new int[] {eighth}));
        masks.put("random eviction", FlashMasks.randomEviction(numTokens, 42));
        return masks;
    }

    // Half of each document is the question, then two answers.
    private int[][] questions() {
        List<int[]> parts = new ArrayList<>();
        for (int length : lengths()) {
            int answer = length / 4;
            parts.add(new int[] {length - 2 * answer, answer, answer});
        }
        return parts.toArray(int[][]::new);
    }

    private int[] halves() {
        return Arrays.stream(lengths()).map(length -> length / 2).toArray();
    }

    private int[] lengths() {
        return IntStream.range(0, even.length - 1)
                .map(document -> even[document + 1] - even[document])
                .toArray();
    }

    /** Tiles that the causal documents of a mask would visit, each alone in tiles that begin with it; 0 for other masks. */
    static long tilesAlone(FlashMask mask, int block) {
        int[] ends = mask.lowerStarts();
        long tiles = 0;
        int start = 0;
        IntStream.Builder bounds = IntStream.builder().add(0);
        while (start < ends.length && ends[start] > start) {
            tiles += TilePlan.of(FlashMasks.causal(ends[start] - start), block, block)
                    .numTiles();
            start = ends[start];
            bounds.add(start);
        }
        boolean documents = start == ends.length
                && FlashMasks.causalDocument(bounds.build().toArray()).equals(mask);
        return documents ? tiles : 0;
    }
}
