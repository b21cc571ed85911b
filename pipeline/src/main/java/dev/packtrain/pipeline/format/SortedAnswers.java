package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * PaddleNLP's form of a preference: the questions in {@code src}, the answers to all but the last in {@code tgt}, two
 * answers to the last in {@code response} and their ranks in {@code sort}, of which the higher is the better.
 */
final class SortedAnswers {
    static final String RESPONSE = "response";
    static final String SORT = "sort";

    private static final String TEXTS = "a string or a list of strings";

    private final String srcField;
    private final String tgtField;
    private List<String> questions;
    private List<String> answers = List.of();
    private List<String> responses;
    private double[] ranks;
    private String system;

    SortedAnswers(String srcField, String tgtField) {
        this.srcField = srcField;
        this.tgtField = tgtField;
    }

    /** Reads a field if it is one of the form's. */
    boolean take(FieldReader row) throws IOException, RejectedRowException {
        String name = row.name();
        if (name.equals(srcField)) {
            questions = row.value() == JsonToken.VALUE_STRING ? List.of(row.text()) : SrcTgtFormat.texts(row, TEXTS);
        } else if (name.equals(tgtField)) {
            answers = earlierAnswers(row);
        } else if (name.equals(RESPONSE)) {
            responses = SrcTgtFormat.texts(row, "a list of two strings");
        } else if (name.equals(SORT)) {
            ranks = ranks(row);
        } else if (name.equals(SrcTgtFormat.CONTEXT)) {
            system = SrcTgtFormat.contextSystem(row);
        } else {
            return false;
        }
        return true;
    }

    /** A single question has no earlier answer, which rows say as an empty list, an empty string or null. */
    private static List<String> earlierAnswers(FieldReader row) throws IOException, RejectedRowException {
        if (row.value() == JsonToken.START_ARRAY) {
            return SrcTgtFormat.texts(row, TEXTS);
        }
        String text = row.optionalText();
        return text == null ? List.of() : List.of(text);
    }

    private static double[] ranks(FieldReader row) throws IOException, RejectedRowException {
        row.requireList("two numbers");
        List<Double> ranks = new ArrayList<>();
        for (JsonToken item = row.parser().nextToken();
                item != JsonToken.END_ARRAY;
                item = row.parser().nextToken()) {
            if (!item.isNumeric()) {
                throw row.wrongType("a list of two numbers", "a list with " + FieldReader.article(item));
            }
            ranks.add(row.parser().getDoubleValue());
        }
        return ranks.stream().mapToDouble(Double::doubleValue).toArray();
    }

    boolean isThere() {
        return responses != null || ranks != null;
    }

    Preference preference(FieldReader row) throws RejectedRowException {
        List<String> known = List.of(srcField, tgtField, RESPONSE, SORT);
        if (questions == null) {
            throw row.missing(srcField, known);
        }
        if (responses == null) {
            throw row.missing(RESPONSE, known);
        }
        if (ranks == null) {
            throw row.missing(SORT, known);
        }
        if (responses.size() != 2 || ranks.length != 2) {
            throw new RejectedRowException(
                    RejectReason.LENGTH_MISMATCH,
                    "field \"%s\" has %d answers and field \"%s\" %d numbers; wanted two of each"
                            .formatted(RESPONSE, responses.size(), SORT, ranks.length));
        }
        if (questions.size() != answers.size() + 1) {
            throw new RejectedRowException(
                    RejectReason.LENGTH_MISMATCH,
                    "field \"%s\" has %d questions and field \"%s\" %d earlier answers; wanted one question more"
                            .formatted(srcField, questions.size(), tgtField, answers.size()));
        }
        if (ranks[0] == ranks[1]) {
            throw new RejectedRowException(
                    RejectReason.TIE,
                    "both numbers of field \"%s\" are %s; wanted a better one".formatted(SORT, ranks[0]));
        }
        int better = ranks[0] > ranks[1] ? 0 : 1;
        return ChosenAnswers.distinct(prompt(), responses.get(better), responses.get(1 - better));
    }

    private Dialogue prompt() throws RejectedRowException {
        List<Message> messages = new ArrayList<>();
        for (int turn = 0; turn < questions.size(); turn++) {
            messages.add(Message.of(Message.USER, questions.get(turn)));
            if (turn < answers.size()) {
                messages.add(Message.of(Message.ASSISTANT, answers.get(turn)));
            }
        }
        return Dialogue.of(Messages.withSystem(system, messages));
    }
}
