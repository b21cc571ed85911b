package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import java.util.Arrays;
import java.util.OptionalInt;

/** Which tokens of a pack see which. Padding does not count: it never enters a model. */
public final class PackMask {
    private PackMask() {}

    /**
     * The mask of a pack's tokens.
     *
     * <p>Sequences: causal documents. Preferences: a document's two answers share its question and do not see each other.
     *
     * @param slidingWindow a token's keys, itself included, for models that limit them ({@code sliding_window}); at least 1
     * @throws BadInputException if a preference pack has a document longer than the window: its second answer stands
     *     further from the question than it is, which the mask cannot say
     */
    public static FlashMask of(PackedSequence pack, OptionalInt slidingWindow) {
        int[] cuSeqlens = pack.cuSeqlens();
        if (pack.preference() == null) {
            return slidingWindow.isPresent()
                    ? FlashMasks.slidingWindowCausalDocument(cuSeqlens, slidingWindow.getAsInt())
                    : FlashMasks.causalDocument(cuSeqlens);
        }
        for (int doc = 0; doc < pack.numDocuments(); doc++) {
            int length = cuSeqlens[doc + 1] - cuSeqlens[doc];
            if (length > slidingWindow.orElse(Integer.MAX_VALUE)) {
                throw new BadInputException(
                        "Example %d has %d tokens, question and both answers, and the model's sliding_window is %d; prepare preferences with a max_length of at most the window."
                                .formatted(pack.exampleIds()[doc], length, slidingWindow.getAsInt()));
            }
        }
        int numTokens = pack.numTokens();
        return FlashMask.causal(numTokens, Arrays.copyOf(pack.preference().startRowIndices(), numTokens));
    }
}
