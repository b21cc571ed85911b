package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.Arrays;

/** {@code autoregressive}: the whole text, with what the tokenizer adds to a sequence, and EOS; all of it is learnt. */
final class PlainTextEncoder {
    private static final int[] NO_TURNS = {};

    private final Tokenizer tokenizer;
    private final int numSpecial;

    PlainTextEncoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.numSpecial = tokenizer.encode("", true).length;
    }

    TokenSequence encode(PlainText record) throws RejectedRowException {
        int[] ids = tokenizer.encode(record.text(), true);
        if (ids.length == numSpecial) {
            throw new RejectedRowException(
                    RejectReason.TEXT_WITHOUT_TOKENS, "the tokenizer makes no token of the text");
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = tokenizer.eosTokenId();
        return new TokenSequence(ended, ended.clone(), NO_TURNS, DroppedTokens.NONE);
    }
}
