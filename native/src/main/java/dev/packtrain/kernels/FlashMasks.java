package dev.packtrain.kernels;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/**
 * The twelve masks of the FlashMask paper (arXiv 2410.01359, figure 1) and the sliding window inside documents, each over
 * {@code numTokens} tokens as rows and as keys.
 *
 * <p>{@code cuSeqlens} is {@code [numDocuments + 1]}, first 0, strictly rising, last the number of tokens. Every method
 * throws IllegalArgumentException with one sentence when an argument is outside what it says.
 */
public final class FlashMasks {
    private FlashMasks() {}

    /** Every token sees every token. */
    public static FlashMask full(int numTokens) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        return document(new int[] {0, numTokens});
    }

    /** A token sees itself and all before it. */
    public static FlashMask causal(int numTokens) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        return causalDocument(new int[] {0, numTokens});
    }

    /**
     * A token sees itself and the {@code window} − 1 tokens before it.
     *
     * @param window at least 1; the number of keys of a row, as {@code sliding_window} counts it in Hugging Face's models
     */
    public static FlashMask slidingWindow(int numTokens, int window) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        return slidingWindowCausalDocument(new int[] {0, numTokens}, window);
    }

    /** A token sees itself and what is before it in its own document: packs of sequences. */
    public static FlashMask causalDocument(int[] cuSeqlens) {
        int[] ends = documentEnds(cuSeqlens);
        return FlashMask.causal(ends.length, ends);
    }

    /** {@link #causalDocument} and {@link #slidingWindow} at once: packs of sequences in a model with a sliding window. */
    public static FlashMask slidingWindowCausalDocument(int[] cuSeqlens, int window) {
        require(window >= 1, "a window of " + window, "at least 1");
        int[] ends = documentEnds(cuSeqlens);
        return FlashMask.causal(
                ends.length, perKey(ends.length, key -> (int) Math.min((long) key + window, ends[key])));
    }

    /** A token sees all of its own document. */
    public static FlashMask document(int[] cuSeqlens) {
        int[] ends = documentEnds(cuSeqlens);
        return FlashMask.bidirectional(ends.length, ends, documentStarts(cuSeqlens));
    }

    /**
     * Documents of one question and several answers: causal, an answer sees the question and itself, not the other
     * answers. Preference packs (DPO, reward models) are of this kind.
     *
     * @param partLengths {@code [numDocuments][1 + numAnswers]}, tokens of the question (0 or more) and of each answer (0
     *     or more)
     */
    public static FlashMask sharedQuestion(int[][] partLengths) {
        int numTokens = 0;
        for (int[] document : partLengths) {
            require(document.length >= 1, "a document without parts", "at least a question");
            for (int length : document) {
                require(length >= 0, "a part of " + length + " tokens", "0 or more");
                numTokens = Math.addExact(numTokens, length);
            }
        }
        require(numTokens >= 1, "documents without a token", "at least one token");
        int[] starts = new int[numTokens];
        int token = 0;
        for (int[] document : partLengths) {
            int end = token + Arrays.stream(document).sum();
            Arrays.fill(starts, token, token + document[0], end);
            token += document[0];
            for (int part = 1; part < document.length; part++) {
                Arrays.fill(starts, token, token + document[part], token + document[part]);
                token += document[part];
            }
        }
        return FlashMask.causal(numTokens, starts);
    }

    /**
     * The first tokens see and are seen by all; the others see those and their neighbours on both sides.
     *
     * @param numGlobal 0 to {@code numTokens}
     * @param window at least 1: a token sees those less than {@code window} away
     */
    public static FlashMask globalSlidingWindow(int numTokens, int numGlobal, int window) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        require(numGlobal >= 0 && numGlobal <= numTokens, numGlobal + " global tokens", "0 to " + numTokens);
        require(window >= 1, "a window of " + window, "at least 1");
        int[] lowerStarts = new int[numTokens];
        int[] upperStarts = new int[numTokens];
        int[] upperEnds = new int[numTokens];
        Arrays.fill(lowerStarts, 0, numGlobal, numTokens);
        for (int key = numGlobal; key < numTokens; key++) {
            // A window never hides a key from the global rows, which lie before upperStart.
            lowerStarts[key] = (int) Math.min((long) key + window, numTokens);
            upperStarts[key] = numGlobal;
            upperEnds[key] = Math.max(numGlobal, key - window + 1);
        }
        int[] lowerEnds = new int[numTokens];
        Arrays.fill(lowerEnds, numTokens);
        return FlashMask.bidirectional(numTokens, lowerStarts, lowerEnds, upperStarts, upperEnds);
    }

    /** Causal; tokens see their own block only, but those of the last block see all before them: in-context learning. */
    public static FlashMask causalBlockwise(int[] cuSeqlens) {
        int[] blockEnds = documentEnds(cuSeqlens);
        int lastBlock = cuSeqlens[cuSeqlens.length - 2];
        int numTokens = blockEnds.length;
        return FlashMask.causal(numTokens, blockEnds, perKey(numTokens, key -> Math.max(blockEnds[key], lastBlock)));
    }

    /**
     * Causal inside documents, but the first tokens of each are seen by the whole document.
     *
     * @param prefixLengths {@code [numDocuments]}, 0 to the document's length
     */
    public static FlashMask prefixLmDocument(int[] cuSeqlens, int[] prefixLengths) {
        int[] starts = documentStarts(cuSeqlens);
        int[] upperEnds = perKey(starts.length, key -> key);
        require(
                prefixLengths.length == cuSeqlens.length - 1,
                prefixLengths.length + " prefixes for " + (cuSeqlens.length - 1) + " documents",
                "one a document");
        for (int doc = 0; doc < prefixLengths.length; doc++) {
            int length = cuSeqlens[doc + 1] - cuSeqlens[doc];
            require(
                    prefixLengths[doc] >= 0 && prefixLengths[doc] <= length,
                    "a prefix of " + prefixLengths[doc] + " tokens in document " + doc,
                    "0 to its length, " + length);
            int end = cuSeqlens[doc] + prefixLengths[doc];
            System.arraycopy(starts, cuSeqlens[doc], upperEnds, cuSeqlens[doc], end - cuSeqlens[doc]);
        }
        return FlashMask.bidirectional(starts.length, documentEnds(cuSeqlens), upperEnds);
    }

    /** Causal, but the first {@code prefixLength} tokens are seen by all. */
    public static FlashMask prefixLmCausal(int numTokens, int prefixLength) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        return prefixLmDocument(new int[] {0, numTokens}, new int[] {prefixLength});
    }

    /**
     * Causal without some squares on the diagonal: tokens of a dropped span do not see the span itself, only what is before
     * it.
     *
     * @param spanStarts rising
     * @param spanEnds each after its start and not after the next span's start
     */
    public static FlashMask qkSparse(int numTokens, int[] spanStarts, int[] spanEnds) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        require(
                spanStarts.length == spanEnds.length,
                spanStarts.length + " starts and " + spanEnds.length + " ends of spans",
                "as many of one as of the other");
        int[] hiddenFrom = new int[numTokens];
        int[] hiddenTo = new int[numTokens];
        int free = 0;
        for (int span = 0; span < spanStarts.length; span++) {
            int end = spanEnds[span];
            require(
                    free <= spanStarts[span] && spanStarts[span] < end && end <= numTokens,
                    "a span of tokens [" + spanStarts[span] + ", " + end + ")",
                    "one that begins at " + free + " or later and ends at " + numTokens + " or earlier");
            for (int key = spanStarts[span]; key < end; key++) {
                hiddenFrom[key] = key;
                hiddenTo[key] = end;
            }
            free = end;
        }
        return FlashMask.causal(numTokens, hiddenFrom, hiddenTo);
    }

    /** {@link #eviction} of every key at a row drawn evenly from those after it; a pure function of the arguments. */
    public static FlashMask randomEviction(int numTokens, long seed) {
        require(numTokens >= 1, "a number of tokens of " + numTokens, "at least 1");
        SplittableRandom random = new SplittableRandom(seed);
        int[] evictedAt = new int[numTokens];
        Arrays.setAll(evictedAt, key -> random.nextInt(key + 1, numTokens + 1));
        return eviction(evictedAt);
    }

    /**
     * Causal; each key is forgotten at some row, as by a key/value cache that evicts.
     *
     * @param evictedAt {@code [numTokens]}, first row that does not see the key any more, after the key itself
     */
    public static FlashMask eviction(int[] evictedAt) {
        for (int key = 0; key < evictedAt.length; key++) {
            require(
                    evictedAt[key] > key && evictedAt[key] <= evictedAt.length,
                    "key " + key + " evicted at row " + evictedAt[key],
                    (key + 1) + " to " + evictedAt.length);
        }
        return FlashMask.causal(evictedAt.length, evictedAt);
    }

    private static int[] documentStarts(int[] cuSeqlens) {
        return perDocument(cuSeqlens, 0);
    }

    private static int[] documentEnds(int[] cuSeqlens) {
        return perDocument(cuSeqlens, 1);
    }

    private static int[] perDocument(int[] cuSeqlens, int bound) {
        require(cuSeqlens.length >= 2 && cuSeqlens[0] == 0, "bounds " + Arrays.toString(cuSeqlens), "0 and then ends");
        for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
            require(
                    cuSeqlens[doc] < cuSeqlens[doc + 1],
                    "document " + doc + " from token " + cuSeqlens[doc] + " to " + cuSeqlens[doc + 1],
                    "an end after the start");
        }
        int[] values = new int[cuSeqlens[cuSeqlens.length - 1]];
        for (int doc = 0; doc + 1 < cuSeqlens.length; doc++) {
            Arrays.fill(values, cuSeqlens[doc], cuSeqlens[doc + 1], cuSeqlens[doc + bound]);
        }
        return values;
    }

    private static int[] perKey(int numKeys, IntUnaryOperator value) {
        int[] values = new int[numKeys];
        Arrays.setAll(values, value);
        return values;
    }

    private static void require(boolean holds, String got, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException("A mask was given " + got + ", wanted " + wanted + ".");
        }
    }
}
