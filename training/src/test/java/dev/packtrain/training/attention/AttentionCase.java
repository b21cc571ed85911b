package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A mask and the shape of queries, keys and values. */
record AttentionCase(String name, FlashMask mask, int numHeads, int numGroups, int headDim) {
    int numTokens() {
        return mask.numRows();
    }

    double scale() {
        return 1 / Math.sqrt((double) headDim);
    }

    @Override
    public String toString() {
        return "%s, %d tokens, H=%d G=%d D=%d".formatted(name, numTokens(), numHeads, numGroups, headDim);
    }

    /** Inputs and the gradient of the output. */
    record Values(Tensor q, Tensor k, Tensor v, Tensor dO) {
        Values to(ScalarType dtype) {
            return new Values(q.to(dtype), k.to(dtype), v.to(dtype), dO.to(dtype));
        }
    }

    /** fp32 from a normal distribution, the same for equal cases. */
    Values values() {
        torch.manual_seed(numTokens());
        return new Values(normal(numHeads), normal(numGroups), normal(numGroups), normal(numHeads));
    }

    private Tensor normal(int heads) {
        return torch.randn(numTokens(), heads, headDim);
    }

    /** Causal documents, which every kernel knows. */
    static Stream<AttentionCase> documents() {
        Random random = new Random(3);
        int[] hundreds = random.ints(300, 1, 4).toArray();
        return Stream.of(
                documents(2, 2, 8, 1),
                documents(2, 1, 8, 1, 1, 1),
                documents(4, 4, 16, 40),
                documents(4, 2, 16, 7, 1, 33, 64, 2),
                documents(6, 1, 6, 130, 70),
                documents(8, 2, 32, IntStream.rangeClosed(1, 25).toArray()),
                documents(2, 1, 64, 257),
                documents(3, 3, 128, 129, 65, 1, 63),
                documents(2, 2, 256, 100, 31),
                documents(2, 1, 80, 150),
                documents(2, 1, 32, hundreds));
    }

    private static AttentionCase documents(int numHeads, int numGroups, int headDim, int... lengths) {
        int[] cuSeqlens = new int[lengths.length + 1];
        for (int doc = 0; doc < lengths.length; doc++) {
            cuSeqlens[doc + 1] = cuSeqlens[doc] + lengths[doc];
        }
        return new AttentionCase(
                lengths.length + " documents", FlashMasks.causalDocument(cuSeqlens), numHeads, numGroups, headDim);
    }

    /** The paper's other masks, and rows and keys that take part in nothing. */
    static Stream<AttentionCase> others() {
        int[] cuSeqlens = {0, 60, 61, 130, 197};
        int n = cuSeqlens[4];
        int[] everywhere = new int[n];
        int[] nowhere = IntStream.range(0, n).map(key -> n).toArray();
        int[] fromThe100th = IntStream.range(0, n).map(key -> 100).toArray();
        return Stream.of(
                any("full", FlashMasks.full(n)),
                any("sliding window", FlashMasks.slidingWindow(n, 40)),
                any("sliding window in documents", FlashMasks.slidingWindowCausalDocument(cuSeqlens, 17)),
                any("document", FlashMasks.document(cuSeqlens)),
                any("shared question", FlashMasks.sharedQuestion(new int[][] {{40, 30, 25}, {1, 1, 1}, {20, 33, 46}})),
                any("global and sliding window", FlashMasks.globalSlidingWindow(n, 3, 12)),
                any("causal blockwise", FlashMasks.causalBlockwise(cuSeqlens)),
                any("prefix documents", FlashMasks.prefixLmDocument(cuSeqlens, new int[] {20, 1, 69, 0})),
                any("prefix", FlashMasks.prefixLmCausal(n, 77)),
                any("QK-sparse, first rows empty", FlashMasks.qkSparse(n, new int[] {0, 90}, new int[] {70, 155})),
                any("random eviction", FlashMasks.randomEviction(n, 5)),
                any("nothing visible", FlashMask.bidirectional(n, everywhere, everywhere)),
                any("rows from the 100th empty", FlashMask.bidirectional(n, fromThe100th, everywhere)),
                any(
                        "rows to the 99th empty, one of them in a tile that others use",
                        FlashMask.bidirectional(n, nowhere, fromThe100th)));
    }

    private static AttentionCase any(String name, FlashMask mask) {
        return new AttentionCase(name, mask, 4, 2, 32);
    }
}
