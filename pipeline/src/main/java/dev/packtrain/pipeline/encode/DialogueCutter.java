package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.tokenizer.TokenOffsets;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Shortens a dialogue that a template renders: before it is rendered, so that the markers of the template stay whole.
 *
 * <p>What stands before the first message of the user is never cut, and neither is the last turn, which starts with the
 * user's last message, but for that message itself: it is cut until what precedes the last answer has {@code src_length}
 * tokens. Older turns are kept, newest first, as long as each fits whole.
 */
final class DialogueCutter {
    /** A cut may change how the text around it is tokenised, so it takes a second try at times; never this many. */
    private static final int MAX_TRIES = 16;

    private final Tokenizer tokenizer;
    private final LengthLimits limits;

    DialogueCutter(Tokenizer tokenizer, LengthLimits limits) {
        this.tokenizer = tokenizer;
        this.limits = limits;
    }

    /**
     * Tokens of a dialogue once it is rendered.
     *
     * @param prompt before the last answer
     * @param total all of them
     */
    record Size(int prompt, int total) {}

    /** Renders a dialogue to see how long it gets. */
    interface Measure {
        Size of(Dialogue dialogue) throws RejectedRowException;
    }

    /**
     * What is left.
     *
     * @param dialogue the dialogue to render; it may still be longer than {@code max_length}, by its last answer
     * @param sourceDropped tokens that cutting the last turn's source saved
     */
    record Cut(Dialogue dialogue, int sourceDropped) {}

    Cut cut(Dialogue whole, Measure measure) throws RejectedRowException {
        List<Integer> turns = turnStarts(whole);
        int lastTurn = turns.get(turns.size() - 1);
        Dialogue last = from(whole, turns.get(0), lastTurn, whole.messages().get(lastTurn));
        Size size = measure.of(last);
        Message source = cutSource(whole, turns.get(0), lastTurn, measure, size);
        Dialogue kept = from(whole, turns.get(0), lastTurn, source);
        Size keptSize = measure.of(kept);
        for (int turn = turns.size() - 2; turn >= 0; turn--) {
            List<Message> messages = new ArrayList<>(
                    from(whole, turns.get(0), turns.get(turn), null).messages());
            messages.set(messages.size() - whole.messages().size() + lastTurn, source);
            Dialogue longer = new Dialogue(messages, whole.tools());
            if (measure.of(longer).total() > limits.maxLength()) {
                break;
            }
            kept = longer;
        }
        return new Cut(kept, size.total() - keptSize.total());
    }

    /** Indices of the user's messages; the first message if the user says nothing. */
    private static List<Integer> turnStarts(Dialogue dialogue) {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < dialogue.messages().size(); i++) {
            if (dialogue.messages().get(i).role().equals(Message.USER)) {
                starts.add(i);
            }
        }
        return starts.isEmpty() ? List.of(0) : starts;
    }

    /** The messages before {@code head} and those from {@code turn} on, the first of them replaced unless null. */
    private static Dialogue from(Dialogue whole, int head, int turn, Message replacement) {
        List<Message> messages = new ArrayList<>(whole.messages().subList(0, head));
        messages.addAll(whole.messages().subList(turn, whole.messages().size()));
        if (replacement != null) {
            messages.set(head, replacement);
        }
        return new Dialogue(messages, whole.tools());
    }

    private Message cutSource(Dialogue whole, int head, int lastTurn, Measure measure, Size uncut)
            throws RejectedRowException {
        Message source = whole.messages().get(lastTurn);
        Size size = uncut;
        for (int tries = 0; size.prompt() > limits.srcLength(); tries++) {
            String shorter = shorten(source.content(), size.prompt() - limits.srcLength());
            if (shorter.isEmpty() || tries == MAX_TRIES) {
                throw new RejectedRowException(
                        RejectReason.OVERFLOW,
                        "what precedes the last answer has %d tokens, and more than src_length = %d of them are not the user's last message, which alone is cut"
                                .formatted(uncut.prompt(), limits.srcLength()));
            }
            source = new Message(source.role(), shorter, source.learnt(), source.more());
            size = measure.of(from(whole, head, lastTurn, source));
        }
        return source;
    }

    /** Without {@code excess} of its tokens; empty if it has no more than that. */
    private String shorten(String content, int excess) {
        TokenOffsets tokens = tokenizer.encodeWithOffsets(content, false);
        int numTokens = tokens.ids().length;
        if (excess >= numTokens) {
            return "";
        }
        // Never in the middle of a character: its tokens all have the character's range.
        return limits.truncationSide() == TruncationSide.LEFT
                ? content.substring(tokens.ends()[excess - 1])
                : content.substring(0, tokens.starts()[numTokens - excess]);
    }
}
