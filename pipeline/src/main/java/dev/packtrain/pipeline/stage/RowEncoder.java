package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.encode.ExampleEncoder;
import dev.packtrain.pipeline.format.RecordParser;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowReader;
import dev.packtrain.pipeline.template.DialogueTemplateSource;
import dev.packtrain.pipeline.tokenizer.Tokenizer;

/** From a raw row to its example. */
final class RowEncoder {
    private final RecordParser parser;
    private final ExampleEncoder encoder;
    private final long firstRow;

    /**
     * With a tokenizer.
     *
     * @param template what renders dialogues; null for none
     * @param firstRow what the first row of the input is to be called: rows of a data set are numbered on
     */
    RowEncoder(PrepareOptions options, Tokenizer tokenizer, DialogueTemplateSource template, long firstRow) {
        this.firstRow = firstRow;
        this.parser = new RecordParser(options.source());
        this.encoder = new ExampleEncoder(
                tokenizer, options.encode(), template == null ? null : template.compile(), options.seed());
    }

    /**
     * Parses and encodes a row.
     *
     * @throws RejectedRowException if it cannot be used
     */
    Encoded encode(RowReader.Row row) throws RejectedRowException {
        return encoder.encode(firstRow + row.location().index(), parser.parse(row));
    }
}
