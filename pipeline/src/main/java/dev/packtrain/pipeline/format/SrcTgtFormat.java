package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A source and a target, or two lists of them of one length, oldest turn first.
 *
 * <p>{@code context.system} is a system message. {@code loss}, a boolean for strings and a list of booleans for lists,
 * says which targets are learnt.
 */
final class SrcTgtFormat implements RowFormat {
    static final String CONTEXT = "context";
    static final String LOSS = "loss";

    private final String srcField;
    private final String tgtField;
    private final List<String> known;

    SrcTgtFormat(String srcField, String tgtField) {
        this.srcField = srcField;
        this.tgtField = tgtField;
        this.known = List.of(srcField, tgtField);
    }

    /** One field: its strings, and whether they stood in a list. */
    private record Field(List<String> texts, boolean isList) {
        String shape() {
            return isList ? "a list of " + texts.size() : "a string";
        }
    }

    /** {@code loss}: its flags, and whether they stood in a list. */
    private record Flags(List<Boolean> learnt, boolean isList) {}

    @Override
    public Dialogue read(FieldReader row) throws IOException, RejectedRowException {
        Field source = null;
        Field target = null;
        Flags flags = null;
        String system = null;
        while (row.next()) {
            String name = row.name();
            if (name.equals(srcField)) {
                source = field(row);
            } else if (name.equals(tgtField)) {
                target = field(row);
            } else if (name.equals(CONTEXT)) {
                system = contextSystem(row);
            } else if (name.equals(LOSS) && !row.isNull()) {
                flags = flags(row);
            } else {
                row.skip();
            }
        }
        if (source == null) {
            throw row.missing(srcField, known);
        }
        if (target == null) {
            throw row.missing(tgtField, known);
        }
        requireTurns(source, target);
        if (flags == null && system == null) {
            return Dialogue.ofTurns(source.texts(), target.texts());
        }
        return dialogue(source, target, flags, system);
    }

    private void requireTurns(Field source, Field target) throws RejectedRowException {
        if (source.isList() != target.isList()
                || source.texts().size() != target.texts().size()) {
            throw new RejectedRowException(
                    RejectReason.LENGTH_MISMATCH,
                    "field \"%s\" is %s but field \"%s\" is %s; wanted two strings or two lists of one length"
                            .formatted(srcField, source.shape(), tgtField, target.shape()));
        }
    }

    private Dialogue dialogue(Field source, Field target, Flags flags, String system) throws RejectedRowException {
        int turns = target.texts().size();
        if (flags != null
                && (flags.isList() != target.isList() || flags.learnt().size() != turns)) {
            throw new RejectedRowException(
                    RejectReason.LENGTH_MISMATCH,
                    "field \"%s\" has %d flags but field \"%s\" is %s; wanted one flag a target, in a list if the targets are one"
                            .formatted(LOSS, flags.learnt().size(), tgtField, target.shape()));
        }
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.of(Message.SYSTEM, system));
        }
        for (int turn = 0; turn < turns; turn++) {
            messages.add(Message.of(Message.USER, source.texts().get(turn)));
            boolean learnt = flags == null || flags.learnt().get(turn);
            messages.add(Messages.assistant(target.texts().get(turn), learnt));
        }
        Messages.requireSomethingLearnt(messages);
        return Dialogue.of(messages);
    }

    private static Field field(FieldReader row) throws IOException, RejectedRowException {
        if (row.value() == JsonToken.VALUE_STRING) {
            return new Field(List.of(row.text()), false);
        }
        List<String> texts = texts(row, "a string or a list of strings");
        if (texts.isEmpty()) {
            throw new RejectedRowException(RejectReason.EMPTY, "field \"%s\" is an empty list".formatted(row.field()));
        }
        return new Field(texts, true);
    }

    /** The strings of the list that a field is. */
    static List<String> texts(FieldReader row, String wanted) throws IOException, RejectedRowException {
        JsonParser parser = row.parser();
        if (row.value() != JsonToken.START_ARRAY) {
            throw row.wrongType(wanted);
        }
        List<String> texts = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            if (item != JsonToken.VALUE_STRING) {
                throw row.wrongType(wanted, "a list with " + FieldReader.article(item));
            }
            texts.add(RowText.require(parser.getText(), row.field()));
        }
        return texts;
    }

    private static Flags flags(FieldReader row) throws IOException, RejectedRowException {
        if (row.value() != JsonToken.START_ARRAY) {
            return new Flags(List.of(row.flag()), false);
        }
        List<Boolean> learnt = new ArrayList<>();
        while (row.parser().nextToken() != JsonToken.END_ARRAY) {
            learnt.add(row.flag());
        }
        return new Flags(learnt, true);
    }

    /**
     * The system message in {@code context}; null without one. Rows may have a {@code context} that is something else,
     * such as the passage of a question: only an object is PaddleNLP's.
     */
    static String contextSystem(FieldReader row) throws IOException, RejectedRowException {
        if (row.value() != JsonToken.START_OBJECT) {
            row.skip();
            return null;
        }
        FieldReader context = new FieldReader(row.parser(), row.field() + ".");
        String system = null;
        while (context.next()) {
            if (context.name().equals(Message.SYSTEM)) {
                system = context.optionalText();
            } else {
                context.skip();
            }
        }
        return system;
    }
}
