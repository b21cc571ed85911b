package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.io.IOException;

/** Makes a record of the fields of one JSON object. Holds nothing that a row leaves behind. */
interface RowFormat {
    /** Reads all fields; those that the format does not know are skipped. */
    SourceRecord read(FieldReader row) throws IOException, RejectedRowException;
}
