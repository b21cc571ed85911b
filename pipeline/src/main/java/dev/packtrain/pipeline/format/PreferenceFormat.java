package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;
import java.util.List;

/** Either form of two answers to one prompt, whichever fields the row has: see {@link SortedAnswers} and {@link ChosenAnswers}. */
final class PreferenceFormat implements RowFormat {
    private final String srcField;
    private final String tgtField;

    PreferenceFormat(String srcField, String tgtField) {
        this.srcField = srcField;
        this.tgtField = tgtField;
    }

    @Override
    public Preference read(FieldReader row) throws IOException, RejectedRowException {
        SortedAnswers sorted = new SortedAnswers(srcField, tgtField);
        ChosenAnswers chosen = new ChosenAnswers();
        while (row.next()) {
            if (!sorted.take(row) && !chosen.take(row)) {
                row.skip();
            }
        }
        if (sorted.isThere()) {
            return sorted.preference(row);
        }
        if (chosen.isThere()) {
            return chosen.preference(row);
        }
        throw row.missing(SortedAnswers.RESPONSE, List.of());
    }
}
