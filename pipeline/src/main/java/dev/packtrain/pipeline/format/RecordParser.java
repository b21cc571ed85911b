package dev.packtrain.pipeline.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.FileKind;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowReader;
import dev.packtrain.pipeline.source.RowText;
import java.io.IOException;
import java.util.Objects;

/**
 * Checks one row and makes a record of it, by the rules of one {@link DatasetFormat}. Rows are read as they stream by;
 * fields that the format does not know are skipped.
 */
public final class RecordParser {
    /** Objects and lists may be nested so deeply. */
    static final int MAX_DEPTH = 64;

    private final SourceOptions options;
    private final DatasetFormat dataset;
    private final RowFormat format;
    private final JsonFactory json;
    private String lastFile = "";
    private boolean lastIsPlain;

    /** For rows of {@code options.format()}, which must be known by now: see {@link FormatDetector}. */
    public RecordParser(SourceOptions options) {
        this.options = options;
        this.dataset = Objects.requireNonNull(options.format(), "the format of the rows of " + options.path());
        this.format = format(dataset, options);
        this.json = JsonFactory.builder()
                // Rows may have any keys: a table of all that ever occurred must not grow with the data.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(options.maxRowBytes())
                        .build())
                .build();
    }

    private static RowFormat format(DatasetFormat format, SourceOptions options) {
        return switch (format) {
            case SRC_TGT -> new SrcTgtFormat(options.srcField(), options.tgtField());
            case SHAREGPT -> new ShareGptFormat();
            case MESSAGES -> new MessagesFormat();
            case ALPACA -> new AlpacaFormat();
            case PREFERENCE -> new PreferenceFormat(options.srcField(), options.tgtField());
            case TEXT -> new TextFormat(options.textField());
        };
    }

    /**
     * Parses a row.
     *
     * @throws RejectedRowException if it cannot be used
     */
    public SourceRecord parse(RowReader.Row row) throws RejectedRowException {
        if (row.length() > options.maxRowBytes()) {
            throw new RejectedRowException(
                    RejectReason.TOO_LONG,
                    "the row has %d bytes; max_row_bytes is %d".formatted(row.length(), options.maxRowBytes()));
        }
        String line = RowText.decode(row.bytes());
        if (dataset == DatasetFormat.TEXT && isPlain(row.location().file())) {
            return new PlainText(RowText.require(line, "line"));
        }
        return parseJson(line, row.location().file());
    }

    /** Whether rows of the file are texts as they stand. Rows of one file mostly follow each other. */
    private boolean isPlain(String file) {
        if (!file.equals(lastFile)) {
            lastFile = file;
            lastIsPlain = !FileKind.of(file).holdsObjects();
        }
        return lastIsPlain;
    }

    private SourceRecord parseJson(String line, String file) throws RejectedRowException {
        try (JsonParser parser = json.createParser(line)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY && FileKind.of(file) == FileKind.CSV) {
                // So CSV files hand over a record that does not fit their header.
                parser.nextToken();
                throw new RejectedRowException(RejectReason.MALFORMED_CSV, parser.getText());
            }
            if (first != JsonToken.START_OBJECT) {
                throw new RejectedRowException(
                        RejectReason.NOT_AN_OBJECT,
                        "the row is %s; wanted a JSON object".formatted(FieldReader.article(first)));
            }
            SourceRecord record = format.read(new FieldReader(parser, ""));
            if (parser.nextToken() != null) {
                throw new RejectedRowException(RejectReason.MALFORMED_JSON, "something follows the JSON object");
            }
            return record;
        } catch (StreamConstraintsException limit) {
            throw new RejectedRowException(
                    RejectReason.JSON_LIMITS, "the JSON passes a limit: " + firstSentence(limit));
        } catch (JsonProcessingException malformed) {
            throw new RejectedRowException(
                    RejectReason.MALFORMED_JSON,
                    "not JSON at column %d: %s"
                            .formatted(malformed.getLocation().getColumnNr(), firstSentence(malformed)));
        } catch (IOException impossible) {
            throw new IllegalStateException("a string can always be read", impossible);
        }
    }

    private static String firstSentence(JsonProcessingException problem) {
        return RowText.brief(problem.getOriginalMessage().lines().findFirst().orElse("no message"));
    }
}
