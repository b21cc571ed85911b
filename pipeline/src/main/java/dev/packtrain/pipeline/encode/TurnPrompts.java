package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Preferences without a chat template: turns as {@link TurnsEncoder} writes them, each answer ended by EOS. */
final class TurnPrompts implements PreferenceEncoder.Prompts {
    private final TurnTokens tokens;
    private final LengthLimits limits;

    TurnPrompts(TurnTokens tokens, LengthLimits limits) {
        this.tokens = tokens;
        this.limits = limits;
    }

    @Override
    public PreferenceEncoder.Answers whole(Preference record) throws RejectedRowException {
        List<int[]> turns = turns(record);
        return answers(record, turns, 0, Integer.MAX_VALUE);
    }

    @Override
    public PreferenceEncoder.Answers truncated(Preference record) throws RejectedRowException {
        List<int[]> turns = turns(record);
        PreferenceEncoder.Answers alone = answers(record, turns, turns.size(), limits.srcLength());
        // With older turns before it, the last source is not the one that gets the special tokens.
        int source = tokens.source(record.prompt().messages().get(2 * turns.size()), turns.size()).length;
        int rest = alone.length() - alone.prompt().length + Math.min(source, limits.srcLength());
        int room = limits.maxLength() - rest - tokens.numSpecial();
        int first = turns.size();
        while (first > 0 && turns.get(first - 1).length <= room) {
            room -= turns.get(--first).length;
        }
        return answers(record, turns, first, limits.srcLength());
    }

    /** The turns before the last source, each joined; checks the whole prompt. */
    private List<int[]> turns(Preference record) throws RejectedRowException {
        List<Message> messages = record.prompt().messages();
        List<Message> answered = new ArrayList<>(messages);
        answered.add(Message.of(Message.ASSISTANT, record.chosen()));
        TurnsEncoder.requireTurnByTurn(new Dialogue(answered, record.prompt().tools()));
        List<int[]> turns = new ArrayList<>();
        for (int i = 0; i + 1 < messages.size(); i += 2) {
            turns.add(concat(
                    tokens.source(messages.get(i), i / 2),
                    tokens.target(messages.get(i + 1).content(), i / 2)));
        }
        return turns;
    }

    /** The turns from {@code first} on, the last source cut to {@code srcLength}, and the answers. */
    private PreferenceEncoder.Answers answers(Preference record, List<int[]> turns, int first, int srcLength)
            throws RejectedRowException {
        List<Message> messages = record.prompt().messages();
        int last = turns.size();
        int[] source =
                first == last ? tokens.opening(messages.get(2 * last)) : tokens.source(messages.get(2 * last), last);
        int[] kept = limits.truncationSide().cut(source, srcLength);
        int[] prompt = kept;
        if (first < last) {
            int[] oldest = turns.get(first);
            int sourceLength = tokens.source(messages.get(2 * first), first).length;
            int[] answer = Arrays.copyOfRange(oldest, sourceLength, oldest.length);
            prompt = concat(tokens.opening(messages.get(2 * first)), answer);
            for (int i = first + 1; i < last; i++) {
                prompt = concat(prompt, turns.get(i));
            }
            prompt = concat(prompt, kept);
        }
        int dropped = 0;
        for (int i = 0; i < first; i++) {
            dropped += turns.get(i).length;
        }
        return new PreferenceEncoder.Answers(
                prompt,
                tokens.target(record.chosen(), last),
                tokens.target(record.rejected(), last),
                new DroppedTokens(source.length - kept.length, 0, dropped, 0));
    }

    private static int[] concat(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
