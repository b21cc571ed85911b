package dev.packtrain.pipeline.template;

import dev.packtrain.pipeline.jinja.Dict;
import dev.packtrain.pipeline.jinja.Region;
import dev.packtrain.pipeline.jinja.Rendering;
import dev.packtrain.pipeline.jinja.Str;
import dev.packtrain.pipeline.jinja.WhiteSpace;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what the assistant generates in a rendered dialogue. It never searches for text: it goes by what the interpreter
 * noted of where each character came from, so that no content can mislead it.
 */
final class SpanFinder {
    private final Rendering rendering;
    private final Dialogue dialogue;
    private final String generationPrompt;
    private final String eosToken;

    SpanFinder(Rendering rendering, Dialogue dialogue, String generationPrompt, String eosToken) {
        this.rendering = rendering;
        this.dialogue = dialogue;
        this.generationPrompt = generationPrompt;
        this.eosToken = eosToken;
    }

    /** An assistant's message is not where it should be; the message says what is wrong. */
    static final class NotFoundException extends Exception {
        NotFoundException(int message, String what) {
            super("message %d, the assistant's, %s".formatted(message + 1, what), null, false, false);
        }
    }

    /** What is known only by rendering what comes before a message. */
    interface PromptLength {
        /** The chars of the dialogue up to a message with the generation prompt; -1 if they do not begin the text. */
        int before(int message);
    }

    /** The spans of a template without {@code generation} blocks. */
    List<Span> byTurns(PromptLength prompts) throws NotFoundException {
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < dialogue.messages().size(); i++) {
            if (dialogue.messages().get(i).isAssistant()) {
                Region turn = turn(i);
                checkContent(i, turn);
                spans.add(span(i, turn, prompts));
            }
        }
        for (int i = 1; i < spans.size(); i++) {
            if (spans.get(i).start() < spans.get(i - 1).end()) {
                throw new NotFoundException(spans.get(i).message(), "is not written after the assistant's one before");
            }
        }
        return spans;
    }

    /** The spans of a template whose {@code generation} blocks say what is learnt. */
    List<Span> byGeneration() throws NotFoundException {
        List<Span> spans = new ArrayList<>();
        for (Region block : rendering.generated()) {
            if (block.end() > block.start()) {
                int owner = messageOf(block);
                // A block after the last turn, such as one for an EOS, goes with that turn.
                int message = owner < 0 && !spans.isEmpty()
                        ? spans.get(spans.size() - 1).message()
                        : owner;
                if (message >= 0) {
                    spans.add(new Span(block.start(), block.end(), message));
                }
            }
        }
        for (int i = 0; i < dialogue.messages().size(); i++) {
            int message = i;
            if (dialogue.messages().get(i).isAssistant() && spans.stream().noneMatch(s -> s.message() == message)) {
                throw new NotFoundException(i, "has no text in a 'generation' block");
            }
        }
        return spans;
    }

    /** Whose block it is: by the loop that wrote it, else by what was copied into it; -1 for nobody's. */
    private int messageOf(Region block) {
        for (Region region : rendering.regions()) {
            boolean encloses = region.start() <= block.start() && region.end() >= block.end();
            if (encloses && isAssistant(region.origin())) {
                return region.origin();
            }
        }
        for (int copy = firstCopy(block.start()); copy < firstCopy(block.end()); copy++) {
            int message = DialogueValues.messageOf(rendering.source(copy));
            if (isAssistant(message)) {
                return message;
            }
        }
        return -1;
    }

    private boolean isAssistant(int message) {
        return message >= 0
                && message < dialogue.messages().size()
                && dialogue.messages().get(message).isAssistant();
    }

    /** What was written for a message: the one round of a loop that was about it. */
    private Region turn(int message) throws NotFoundException {
        Region found = null;
        boolean foundHasText = false;
        for (Region region : rendering.regions()) {
            boolean mayBe = region.origin() == message
                    || (region.origin() == Dict.NUMBERED_ROUND && isOnlyAbout(message, region));
            if (!mayBe || isBlank(region.start(), region.end())) {
                continue;
            }
            boolean hasText = hasTextOf(message, region);
            boolean encloses = found != null && region.start() <= found.start() && region.end() >= found.end();
            if (found == null || encloses || (hasText && !foundHasText)) {
                found = region;
                foundHasText = hasText;
            } else if (hasText || !foundHasText) {
                throw new NotFoundException(message, "is written twice");
            }
        }
        if (found == null) {
            throw new NotFoundException(message, "is not written by a loop over the messages");
        }
        return found;
    }

    private boolean hasTextOf(int message, Region region) {
        for (int copy = firstCopy(region.start()); copy < firstCopy(region.end()); copy++) {
            if (DialogueValues.messageOf(rendering.source(copy)) == message) {
                return true;
            }
        }
        return false;
    }

    private boolean isOnlyAbout(int message, Region region) {
        for (int copy = firstCopy(region.start()); copy < firstCopy(region.end()); copy++) {
            if (DialogueValues.messageOf(rendering.source(copy)) != message) {
                return false;
            }
        }
        return hasTextOf(message, region);
    }

    /** The content must be there once and to its end; white space and a beginning may be dropped, such as thoughts. */
    private void checkContent(int index, Region turn) throws NotFoundException {
        Message message = dialogue.messages().get(index);
        String content = message.content();
        int last = WhiteSpace.end(content, 0, content.length()) - 1;
        boolean isThere = last < 0;
        boolean hasFields = false;
        int copiedTo = -1;
        for (int copy = 0; copy < rendering.numCopies(); copy++) {
            int source = rendering.source(copy);
            if (DialogueValues.messageOf(source) != index) {
                continue;
            }
            boolean inside = rendering.start(copy) >= turn.start() && rendering.end(copy) <= turn.end();
            if (source == DialogueValues.fieldsOf(index)) {
                hasFields |= inside;
                continue;
            }
            int offset = rendering.offset(copy);
            int end = offset + rendering.end(copy) - rendering.start(copy);
            boolean isBlank = isBlank(rendering.start(copy), rendering.end(copy));
            if (!isBlank && (!inside || (offset != Str.CHANGED && offset < copiedTo))) {
                throw new NotFoundException(index, "is written twice or in pieces that are not in its order");
            }
            copiedTo = offset == Str.CHANGED ? copiedTo : Math.max(copiedTo, end);
            isThere |= offset == Str.CHANGED || (offset <= last && end > last);
        }
        if (!isThere && !hasFields) {
            throw new NotFoundException(index, "is not written to its end");
        }
    }

    private Span span(int message, Region turn, PromptLength prompts) throws NotFoundException {
        int first = firstCopy(turn.start());
        int after = firstCopy(turn.end());
        boolean hasCopies = first < after;
        int prefixEnd = hasCopies ? rendering.start(first) : turn.end();
        int start = start(message, turn, prefixEnd, prompts);
        int end = end(turn, hasCopies ? rendering.end(after - 1) : start);
        if (end <= start) {
            throw new NotFoundException(message, "has no text");
        }
        return new Span(start, end, message);
    }

    /** Where the part of a turn ends that the generation prompt gives: template text before any copied text. */
    private int start(int message, Region turn, int prefixEnd, PromptLength prompts) throws NotFoundException {
        String prefix = rendering.text().substring(turn.start(), prefixEnd);
        int given = GenerationPrompt.givenOf(prefix, generationPrompt);
        if (given > 0 || isBlank(turn.start(), prefixEnd) || generationPrompt.isEmpty()) {
            return turn.start() + given;
        }
        int before = prompts.before(message);
        if (before < turn.start() || before > prefixEnd) {
            throw new NotFoundException(
                    message, "begins with '%s', which is no generation prompt".formatted(prefix.strip()));
        }
        return before;
    }

    /** The end-of-turn marker ends a span, without the white space after it. */
    private int end(Region turn, int copiedTo) {
        String text = rendering.text();
        int end = WhiteSpace.end(text, turn.start(), turn.end());
        if (end > copiedTo) {
            return end;
        }
        boolean eosFollows = !eosToken.isEmpty() && text.startsWith(eosToken, turn.end());
        return eosFollows ? turn.end() + eosToken.length() : copiedTo;
    }

    private boolean isBlank(int start, int end) {
        return WhiteSpace.end(rendering.text(), start, end) == start;
    }

    /** The first copied range that begins at a place or after it. */
    private int firstCopy(int position) {
        int low = 0;
        int high = rendering.numCopies();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (rendering.start(middle) >= position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
