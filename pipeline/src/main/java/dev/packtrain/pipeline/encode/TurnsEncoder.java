package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.LossOn;
import java.util.Arrays;

/**
 * A dialogue without a chat template: for every turn the source's tokens, which take no loss, then the target's tokens
 * and EOS, which do.
 *
 * <p>Only the first source of the example gets the special tokens that the tokenizer adds to a sequence (BOS). When
 * truncating:
 *
 * <ul>
 *   <li>The last turn is always kept. Its source keeps {@code src_length} tokens; its target and EOS are cut to what
 *       remains of {@code max_length}, so a target that is cut ends without EOS.
 *   <li>Earlier turns are kept, newest first, as long as each fits whole; from the first that does not, all older ones
 *       are dropped.
 * </ul>
 */
final class TurnsEncoder {
    private final TurnTokens tokens;
    private final LengthLimits limits;
    private final LossOn lossOn;

    TurnsEncoder(TurnTokens tokens, LengthLimits limits, LossOn lossOn) {
        this.tokens = tokens;
        this.limits = limits;
        this.lossOn = lossOn;
    }

    /** A turn's tokens, EOS included unless the target was cut, and whether its target takes a loss. */
    private record Turn(int[] source, int[] target, boolean learnt) {
        int length() {
            return source.length + target.length;
        }
    }

    TokenSequence encode(Dialogue dialogue) throws RejectedRowException {
        requireTurnByTurn(dialogue);
        Turn[] turns = new Turn[dialogue.messages().size() / 2];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = turn(dialogue, i, i == turns.length - 1);
        }
        return limits.overflow() == Overflow.TRUNCATE
                ? truncated(dialogue, turns)
                : join(turns, 0, opening(dialogue, turns, 0), turns[turns.length - 1].target(), DroppedTokens.NONE);
    }

    static void requireTurnByTurn(Dialogue dialogue) throws RejectedRowException {
        if (!dialogue.isTurnByTurn()) {
            throw new RejectedRowException(
                    RejectReason.NEEDS_TEMPLATE,
                    "the messages are %s; wanted user and assistant in turn and no tools, or a chat_template that can render them"
                            .formatted(String.join(
                                    ", ",
                                    dialogue.messages().stream()
                                            .limit(8)
                                            .map(Message::role)
                                            .toList())));
        }
    }

    private TokenSequence truncated(Dialogue dialogue, Turn[] turns) {
        int last = turns.length - 1;
        int[] source = limits.truncationSide().cut(turns[last].source(), limits.srcLength());
        int targetLength = Math.min(turns[last].target().length, limits.maxLength() - source.length);
        int room = limits.maxLength() - source.length - targetLength - tokens.numSpecial();
        int first = last;
        while (first > 0 && turns[first - 1].length() <= room) {
            room -= turns[--first].length();
        }
        int droppedTurns = 0;
        for (int i = 0; i < first; i++) {
            droppedTurns += turns[i].length();
        }
        int[] opening = opening(dialogue, turns, first);
        int droppedSource = turns[last].source().length - source.length;
        if (first == last) {
            int whole = opening.length;
            opening = limits.truncationSide().cut(opening, limits.srcLength());
            droppedSource = whole - opening.length;
            targetLength = Math.min(turns[last].target().length, limits.maxLength() - opening.length);
        } else {
            turns[last] = new Turn(source, turns[last].target(), turns[last].learnt());
        }
        int[] target = Arrays.copyOf(turns[last].target(), targetLength);
        return join(
                turns,
                first,
                opening,
                target,
                new DroppedTokens(droppedSource, turns[last].target().length - targetLength, droppedTurns, 0));
    }

    /** The source of turn {@code first} as the start of a sequence. */
    private int[] opening(Dialogue dialogue, Turn[] turns, int first) {
        return tokens.numSpecial() == 0
                ? turns[first].source()
                : tokens.opening(dialogue.messages().get(2 * first));
    }

    private Turn turn(Dialogue dialogue, int index, boolean last) throws RejectedRowException {
        Message answer = dialogue.messages().get(2 * index + 1);
        return new Turn(
                tokens.source(dialogue.messages().get(2 * index), index),
                tokens.target(answer.content(), index),
                answer.learnt() && (last || lossOn == LossOn.EVERY_TURN));
    }

    /** The turns from {@code first} on, with {@code opening} as the first source and {@code ending} as the last target. */
    private static TokenSequence join(Turn[] turns, int first, int[] opening, int[] ending, DroppedTokens dropped) {
        int last = turns.length - 1;
        int length = opening.length + ending.length;
        for (int i = first; i <= last; i++) {
            length += (i > first ? turns[i].source().length : 0) + (i < last ? turns[i].target().length : 0);
        }
        int[] inputIds = new int[length];
        int[] labels = new int[length];
        int[] turnStarts = new int[last - first];
        int at = 0;
        for (int i = first; i <= last; i++) {
            int[] source = i == first ? opening : turns[i].source();
            int[] target = i == last ? ending : turns[i].target();
            if (i > first) {
                turnStarts[i - first - 1] = at;
            }
            System.arraycopy(source, 0, inputIds, at, source.length);
            Arrays.fill(labels, at, at + source.length, TokenizedExample.IGNORE_INDEX);
            at += source.length;
            System.arraycopy(target, 0, inputIds, at, target.length);
            if (turns[i].learnt()) {
                System.arraycopy(target, 0, labels, at, target.length);
            } else {
                Arrays.fill(labels, at, at + target.length, TokenizedExample.IGNORE_INDEX);
            }
            at += target.length;
        }
        return new TokenSequence(inputIds, labels, turnStarts, dropped);
    }
}
