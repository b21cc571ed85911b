package dev.packtrain.pipeline.encode;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.template.DialogueTemplate;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a row into examples of at most {@code max_length} tokens. Every example has a token that takes a loss; a row that
 * leaves none is rejected.
 *
 * <p>Not for several threads.
 */
public final class ExampleEncoder {
    private final LengthLimits limits;
    private final DialogueEncoder dialogues;
    private final PreferenceEncoder preferences;
    private final PlainTextEncoder plainText;
    private final Splitter splitter;
    /** Null if positions do not jump. */
    private final PosePositions pose;

    /** Tokens of a dialogue, with or without a template. */
    private interface DialogueEncoder {
        TokenSequence encode(Dialogue dialogue) throws RejectedRowException;
    }

    /**
     * With the options' limits and rules.
     *
     * @param template what renders dialogues; null for none
     * @param seed of the jumps of PoSE
     */
    public ExampleEncoder(Tokenizer tokenizer, EncodeOptions options, DialogueTemplate template, long seed) {
        this.limits = options.limits();
        if (template == null) {
            TurnTokens tokens = new TurnTokens(tokenizer);
            TurnsEncoder turns = new TurnsEncoder(tokens, limits, options.lossOn());
            this.dialogues = turns::encode;
            this.preferences = new PreferenceEncoder(new TurnPrompts(tokens, limits), limits);
        } else {
            TemplateEncoder rendered = new TemplateEncoder(tokenizer, template, limits, options.lossOn());
            this.dialogues = rendered::encode;
            this.preferences = new PreferenceEncoder(new TemplatePrompts(tokenizer, template, limits), limits);
        }
        this.plainText = new PlainTextEncoder(tokenizer);
        this.splitter = new Splitter(limits.maxLength());
        this.pose = options.scaledMaxLength() == 0 ? null : new PosePositions(options.scaledMaxLength(), seed);
    }

    /**
     * Encodes a row.
     *
     * @param id number of the row in the input
     * @throws RejectedRowException if a text has no tokens, nothing takes a loss, the row is too long and is not to be
     *     cut, or it cannot be rendered
     */
    public Encoded encode(long id, SourceRecord record) throws RejectedRowException {
        if (record instanceof Preference preference) {
            return preferences.encode(id, preference);
        }
        Encoded encoded = fitted(id, sequence(record));
        return pose == null ? encoded : jumping(encoded);
    }

    private Encoded fitted(long id, TokenSequence row) throws RejectedRowException {
        if (row.length() <= limits.maxLength()) {
            return one(id, row);
        }
        return switch (limits.overflow()) {
            case TRUNCATE -> one(id, row.cutTo(limits.maxLength()));
            case SPLIT -> split(id, row);
            case DROP, ERROR ->
                throw new RejectedRowException(
                        RejectReason.OVERFLOW,
                        "the row has %d tokens; max_length is %d".formatted(row.length(), limits.maxLength()));
        };
    }

    private Encoded jumping(Encoded encoded) {
        List<TokenizedExample> examples = new ArrayList<>(encoded.examples().size());
        for (TokenizedExample example : encoded.examples()) {
            int[] positions = pose.of(example.id(), examples.size(), example.length());
            examples.add(new TokenizedExample(example.id(), example.inputIds(), example.labels(), positions));
        }
        return new Encoded(examples, encoded.dropped());
    }

    private TokenSequence sequence(SourceRecord record) throws RejectedRowException {
        if (record instanceof Dialogue dialogue) {
            return dialogues.encode(dialogue);
        }
        if (record instanceof PlainText text) {
            return plainText.encode(text);
        }
        throw new IllegalStateException("a record of an unknown kind: " + record.getClass());
    }

    private static Encoded one(long id, TokenSequence row) throws RejectedRowException {
        if (!row.isLearnt(0, row.length())) {
            throw nothingLearnt();
        }
        return new Encoded(List.of(row.example(id, 0, row.length())), row.dropped());
    }

    private Encoded split(long id, TokenSequence row) throws RejectedRowException {
        List<TokenizedExample> pieces = splitter.split(id, row);
        if (pieces.isEmpty()) {
            throw nothingLearnt();
        }
        int kept = pieces.stream().mapToInt(TokenizedExample::length).sum();
        return new Encoded(pieces, new DroppedTokens(0, 0, 0, row.length() - kept));
    }

    private static RejectedRowException nothingLearnt() {
        return new RejectedRowException(
                RejectReason.NOTHING_LEARNT, "no token of the row takes a loss within the length limits");
    }
}
