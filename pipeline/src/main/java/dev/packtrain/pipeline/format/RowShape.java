package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.packtrain.pipeline.source.RowReader;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What is seen of a row to find out its format, and no more of it, so that the driver never holds rows.
 *
 * @param isObject whether it is a JSON object, at least as far as its names were read
 * @param names the first {@link #MAX_NAMES} names of its fields, as they stand there
 */
record RowShape(boolean isObject, List<String> names) implements Serializable {
    static final int MAX_NAMES = 100;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
    private static final RowShape NO_OBJECT = new RowShape(false, List.of());

    /** Looks at a row. */
    static RowShape of(RowReader.Row row) {
        List<String> names = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(row.bytes())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return NO_OBJECT;
            }
            while (names.size() < MAX_NAMES && parser.nextToken() == JsonToken.FIELD_NAME) {
                names.add(RowText.brief(parser.currentName()));
                parser.nextToken();
                parser.skipChildren();
            }
            return new RowShape(true, List.copyOf(names));
        } catch (IOException malformed) {
            // No format is told by a row that is broken; parsing puts it aside with its reason.
            return NO_OBJECT;
        }
    }
}
