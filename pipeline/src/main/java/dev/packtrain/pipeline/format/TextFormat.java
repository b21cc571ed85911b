package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;

/** One field that holds a text. */
final class TextFormat implements RowFormat {
    private final String textField;

    TextFormat(String textField) {
        this.textField = textField;
    }

    @Override
    public PlainText read(FieldReader row) throws IOException, RejectedRowException {
        String text = null;
        while (row.next()) {
            if (row.name().equals(textField)) {
                text = row.text();
            } else {
                row.skip();
            }
        }
        if (text == null) {
            throw row.missing(textField);
        }
        return new PlainText(text);
    }
}
