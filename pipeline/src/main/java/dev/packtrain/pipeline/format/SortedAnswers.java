package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * PaddleNLP's form of a preference: the questions in {@code src}, the answers to all but the last in {@code tgt}, two
 * answers to the last in {@code response}, each a string or a list that holds it alone, and their ranks in {@code sort},
 * of which the higher is the better.
 */
final class SortedAnswers {
    static final String RESPONSE = "response";
    static final String SORT = "sort";

    private static final String TEXTS = "a string or a list of strings";
    private static final String TWO_ANSWERS = "a list of two answers, each a string or a list of one string";

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
            responses = responses(row);
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

    private static List<String> responses(FieldReader row) throws IOException, RejectedRowException {
        JsonParser parser = row.parser();
        if (row.value() != JsonToken.START_ARRAY) {
            throw row.wrongType(TWO_ANSWERS);
        }
        List<String> responses = new ArrayList<>();
        for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
            responses.add(item == JsonToken.START_ARRAY ? onlyText(row) : text(row, item));
        }
        return responses;
    }

    /** The string that a list holds, whose start was just read. An answer of several turns is not one answer. */
    private static String onlyText(FieldReader row) throws IOException, RejectedRowException {
        List<String> texts = SrcTgtFormat.texts(row, TWO_ANSWERS);
        if (texts.size() != 1) {
            throw row.wrongType(TWO_ANSWERS, "a list with a list of %d strings".formatted(texts.size()));
        }
        return texts.get(0);
    }

    private static String text(FieldReader row, JsonToken item) throws IOException, RejectedRowException {
        if (item != JsonToken.VALUE_STRING) {
            throw row.wrongType(TWO_ANSWERS, "a list with " + FieldReader.article(item));
        }
        return RowText.require(row.parser().getText(), row.field());
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
