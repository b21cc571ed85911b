package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code instruction}, {@code input} and {@code output}, with {@code system} and {@code history} beside them.
 *
 * <p>The user says the instruction, and after a line feed the input if it is not blank: no other words are added, so a
 * chat template or the row decides how a prompt sounds. {@code history} is a list of pairs of strings, oldest first.
 */
final class AlpacaFormat implements RowFormat {
    static final String INSTRUCTION = "instruction";
    static final String INPUT = "input";
    static final String OUTPUT = "output";

    private static final String HISTORY = "history";
    private static final String PAIRS = "a list of pairs of strings";

    @Override
    public Dialogue read(FieldReader row) throws IOException, RejectedRowException {
        String instruction = null;
        String input = null;
        String output = null;
        String system = null;
        List<Message> messages = new ArrayList<>();
        while (row.next()) {
            switch (row.name()) {
                case INSTRUCTION -> instruction = row.text();
                case INPUT -> input = row.optionalText();
                case OUTPUT -> output = row.text();
                case Message.SYSTEM -> system = row.optionalText();
                case HISTORY -> history(row, messages);
                default -> row.skip();
            }
        }
        if (instruction == null) {
            throw row.missing(INSTRUCTION, List.of(INPUT, OUTPUT));
        }
        if (output == null) {
            throw row.missing(OUTPUT, List.of(INSTRUCTION, INPUT));
        }
        messages.add(Message.of(Message.USER, input == null ? instruction : instruction + "\n" + input));
        messages.add(Message.of(Message.ASSISTANT, output));
        return Dialogue.of(Messages.withSystem(system, messages));
    }

    private static void history(FieldReader row, List<Message> messages) throws IOException, RejectedRowException {
        if (row.isNull()) {
            return;
        }
        if (row.value() != JsonToken.START_ARRAY) {
            throw row.wrongType(PAIRS);
        }
        while (row.parser().nextToken() != JsonToken.END_ARRAY) {
            List<String> pair = SrcTgtFormat.texts(row, PAIRS);
            if (pair.size() != 2) {
                throw new RejectedRowException(
                        RejectReason.LENGTH_MISMATCH,
                        "field \"%s\" has a list of %d strings; wanted pairs".formatted(row.field(), pair.size()));
            }
            messages.add(Message.of(Message.USER, pair.get(0)));
            messages.add(Message.of(Message.ASSISTANT, pair.get(1)));
        }
    }
}
