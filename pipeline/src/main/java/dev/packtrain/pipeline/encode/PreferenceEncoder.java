package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt with a chosen and a rejected answer as one document, see {@link TokenizedExample#preference}. Both answers
 * take a loss.
 *
 * <p>When truncating, the prompt's oldest turns are dropped and its last source is cut to {@code src_length}; answers that
 * are still too long are cut in proportion to their lengths, each to one token at least. A pair cannot be split: under
 * {@link Overflow#SPLIT} one that is too long is rejected.
 */
final class PreferenceEncoder {
    private final Prompts prompts;
    private final LengthLimits limits;

    PreferenceEncoder(Prompts prompts, LengthLimits limits) {
        this.prompts = prompts;
        this.limits = limits;
    }

    /** How the text before and of the answers becomes tokens. */
    interface Prompts {
        /** All of it. */
        Answers whole(Preference record) throws RejectedRowException;

        /** With the oldest turns of the prompt dropped and its last source cut; the answers whole. */
        Answers truncated(Preference record) throws RejectedRowException;
    }

    /**
     * Tokens of a preference.
     *
     * @param prompt at least one
     * @param chosen of the better answer, with what ends it
     * @param rejected of the worse answer, with what ends it
     * @param dropped lost from the prompt
     */
    record Answers(int[] prompt, int[] chosen, int[] rejected, DroppedTokens dropped) {
        /** Tokens of the document: the prompt's last one stands there twice. */
        int length() {
            return prompt.length + chosen.length + rejected.length + 1;
        }
    }

    Encoded encode(long id, Preference record) throws RejectedRowException {
        Answers answers = prompts.whole(record);
        if (limits.overflow() == Overflow.TRUNCATE) {
            boolean fits = answers.length() <= limits.maxLength() && answers.prompt().length <= limits.srcLength();
            answers = fits ? answers : cut(prompts.truncated(record));
        } else if (answers.length() > limits.maxLength()) {
            throw tooLong(answers);
        }
        TokenizedExample example =
                TokenizedExample.preference(id, answers.prompt(), answers.chosen(), answers.rejected());
        return new Encoded(List.of(example), answers.dropped());
    }

    private Answers cut(Answers answers) throws RejectedRowException {
        int excess = answers.length() - limits.maxLength();
        if (excess <= 0) {
            return answers;
        }
        int both = answers.chosen().length + answers.rejected().length;
        int room = both - excess;
        if (room < 2) {
            throw tooLong(answers);
        }
        int share = (int) ((long) room * answers.chosen().length / both);
        int chosen = Math.min(room - 1, Math.max(1, share));
        DroppedTokens dropped = answers.dropped();
        return new Answers(
                answers.prompt(),
                Arrays.copyOf(answers.chosen(), chosen),
                Arrays.copyOf(answers.rejected(), room - chosen),
                new DroppedTokens(dropped.source(), dropped.target() + excess, dropped.turns(), dropped.remainder()));
    }

    private RejectedRowException tooLong(Answers answers) {
        return new RejectedRowException(
                RejectReason.OVERFLOW,
                "prompt and answers have %d tokens; max_length is %d".formatted(answers.length(), limits.maxLength()));
    }
}
