package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.Arrays;

/** The tokens of sources and targets that no chat template joins. */
final class TurnTokens {
    private final Tokenizer tokenizer;
    private final int numSpecial;

    TurnTokens(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.numSpecial = tokenizer.encode("", true).length;
    }

    /** Special tokens that the tokenizer adds to a sequence. */
    int numSpecial() {
        return numSpecial;
    }

    /** A source in the middle of a sequence. */
    int[] source(Message message, int turn) throws RejectedRowException {
        int[] source = tokenizer.encode(message.content(), false);
        if (source.length == 0) {
            throw withoutTokens(RejectReason.SRC_WITHOUT_TOKENS, "source", turn);
        }
        return source;
    }

    /** A source as the start of a sequence, with the special tokens. */
    int[] opening(Message message) {
        return tokenizer.encode(message.content(), true);
    }

    /** A target and EOS. */
    int[] target(String text, int turn) throws RejectedRowException {
        int[] target = tokenizer.encode(text, false);
        if (target.length == 0) {
            throw withoutTokens(RejectReason.TGT_WITHOUT_TOKENS, "target", turn);
        }
        int[] ended = Arrays.copyOf(target, target.length + 1);
        ended[target.length] = tokenizer.eosTokenId();
        return ended;
    }

    private static RejectedRowException withoutTokens(RejectReason reason, String what, int turn) {
        return new RejectedRowException(
                reason, "the tokenizer makes no token of the %s of turn %d".formatted(what, turn + 1));
    }
}
