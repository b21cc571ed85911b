package dev.packtrain.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowLocation;
import dev.packtrain.pipeline.source.RowReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rows of one format, for tests of its parser. In its rows a {@code '} stands for a {@code "}. */
final class FormatRows {
    private final RecordParser parser;

    FormatRows(DatasetFormat format) {
        this.parser = new RecordParser(SourceOptions.of("rows.jsonl").withFormat(format));
    }

    static RowReader.Row row(String file, String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        return new RowReader.Row(new RowLocation(0, file, 1), bytes, bytes.length);
    }

    SourceRecord parse(String row) throws RejectedRowException {
        return parser.parse(row("rows.jsonl", row.replace('\'', '"')));
    }

    SourceRecord parse(RowReader.Row row) throws RejectedRowException {
        return parser.parse(row);
    }

    Dialogue dialogue(String row) throws RejectedRowException {
        return (Dialogue) parse(row);
    }

    /** Expects a row to be rejected with the reason and a detail that holds {@code detail}. */
    void rejects(String row, RejectReason reason, String detail) {
        RejectedRowException rejected = catchThrowableOfType(RejectedRowException.class, () -> parse(row));
        assertThat(rejected).as(row).isNotNull();
        assertThat(rejected.reason()).as(row).isEqualTo(reason);
        assertThat(rejected).hasMessageContaining(detail);
        assertThat(rejected.getMessage()).hasSizeLessThan(400);
    }

    static Message system(String text) {
        return Message.of(Message.SYSTEM, text);
    }

    static Message user(String text) {
        return Message.of(Message.USER, text);
    }

    static Message assistant(String text) {
        return Message.of(Message.ASSISTANT, text);
    }

    static Message notLearnt(String text) {
        return Messages.assistant(text, false);
    }

    static Dialogue said(Message... messages) {
        return Dialogue.of(List.of(messages));
    }
}
