package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Turns a row into one example, without a chat template: for every turn the source's tokens, which take no loss, then
 * the target's tokens and EOS, which do.
 *
 * <p>Only the first source of the example gets the special tokens that the tokenizer adds to a sequence (BOS).
 *
 * <ul>
 *   <li>The last turn is always kept. Its source keeps its last {@code src_length} tokens; its target and EOS are cut to
 *       what remains of {@code max_length}, so a target that is cut ends without EOS.
 *   <li>Earlier turns are kept, newest first, as long as each fits whole; from the first that does not, all older ones
 *       are dropped.
 * </ul>
 *
 * <p>{@code labels[0]} never carries a label: a source without tokens is refused.
 */
public final class ExampleEncoder {
    private final Tokenizer tokenizer;
    private final int srcLength;
    private final int maxLength;
    private final int numSpecial;

    /** With {@code 1 <= srcLength < maxLength}, in tokens. */
    public ExampleEncoder(Tokenizer tokenizer, int srcLength, int maxLength) {
        this.tokenizer = tokenizer;
        this.srcLength = srcLength;
        this.maxLength = maxLength;
        this.numSpecial = tokenizer.encode("", true).length;
    }

    /** A turn's tokens; {@code target} ends with EOS unless it was cut. */
    private record Turn(int[] source, int[] target) {
        int length() {
            return source.length + target.length;
        }
    }

    /**
     * Encodes a row.
     *
     * @param id number of the row in the input
     * @throws RejectedRowException if a source or a target has no tokens
     */
    public Encoded encode(long id, Dialogue record) throws RejectedRowException {
        int last = record.messages().size() / 2 - 1;
        Turn lastTurn = turn(record, last);
        Deque<Turn> kept = new ArrayDeque<>();
        kept.addFirst(cut(lastTurn, lastTurn.source()));
        long total = numSpecial + (long) lastTurn.length();
        int room = maxLength - kept.getFirst().length() - numSpecial;
        boolean fits = true;
        int first = last;
        for (int i = last - 1; i >= 0; i--) {
            Turn turn = turn(record, i);
            total += turn.length();
            fits &= turn.length() <= room;
            if (fits) {
                kept.addFirst(turn);
                room -= turn.length();
                first = i;
            }
        }
        Turn plain = kept.removeFirst();
        int[] opening = numSpecial == 0 ? (first == last ? lastTurn : plain).source() : opening(record, first);
        kept.addFirst(first == last ? cut(lastTurn, opening) : new Turn(opening, plain.target()));
        TokenizedExample example = example(id, kept);
        return new Encoded(example, Math.toIntExact(total - example.length()));
    }

    private static String source(Dialogue record, int turn) {
        return record.messages().get(2 * turn).content();
    }

    private static String target(Dialogue record, int turn) {
        return record.messages().get(2 * turn + 1).content();
    }

    private int[] opening(Dialogue record, int index) {
        return tokenizer.encode(source(record, index), true);
    }

    private Turn turn(Dialogue record, int index) throws RejectedRowException {
        int[] source = tokenizer.encode(source(record, index), false);
        if (source.length == 0) {
            throw withoutTokens(RejectReason.SRC_WITHOUT_TOKENS, "source", index);
        }
        int[] target = tokenizer.encode(target(record, index), false);
        if (target.length == 0) {
            throw withoutTokens(RejectReason.TGT_WITHOUT_TOKENS, "target", index);
        }
        int[] ended = Arrays.copyOf(target, target.length + 1);
        ended[target.length] = tokenizer.eosTokenId();
        return new Turn(source, ended);
    }

    private static RejectedRowException withoutTokens(RejectReason reason, String what, int turn) {
        return new RejectedRowException(
                reason, "the tokenizer makes no token of the %s of turn %d".formatted(what, turn + 1));
    }

    /** The turn within the limits, with {@code source} as its source before cutting. */
    private Turn cut(Turn turn, int[] source) {
        int from = Math.max(0, source.length - srcLength);
        int[] tail = Arrays.copyOfRange(source, from, source.length);
        int room = Math.min(turn.target().length, maxLength - tail.length);
        return new Turn(tail, Arrays.copyOf(turn.target(), room));
    }

    private static TokenizedExample example(long id, Deque<Turn> turns) {
        int length = turns.stream().mapToInt(Turn::length).sum();
        int[] inputIds = new int[length];
        int[] labels = new int[length];
        int at = 0;
        for (Turn turn : turns) {
            System.arraycopy(turn.source(), 0, inputIds, at, turn.source().length);
            Arrays.fill(labels, at, at + turn.source().length, TokenizedExample.IGNORE_INDEX);
            at += turn.source().length;
            System.arraycopy(turn.target(), 0, inputIds, at, turn.target().length);
            System.arraycopy(turn.target(), 0, labels, at, turn.target().length);
            at += turn.target().length;
        }
        return new TokenizedExample(id, inputIds, labels);
    }
}
