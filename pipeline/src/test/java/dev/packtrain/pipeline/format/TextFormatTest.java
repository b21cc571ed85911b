package dev.packtrain.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.record.PlainText;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowLocation;
import dev.packtrain.pipeline.source.RowReader;
import org.junit.jupiter.api.Test;

class TextFormatTest {
    private final FormatRows rows = new FormatRows(DatasetFormat.TEXT);

    @Test
    void aLineOfATextFileIsTheTextAsItStands() throws RejectedRowException {
        assertThat(rows.parse(FormatRows.row("a.txt.gz", " {\"text\":\"x\"} ")))
                .isEqualTo(new PlainText(" {\"text\":\"x\"} "));
    }

    @Test
    void aRowOfAnyOtherFileHasAFieldForIt() throws RejectedRowException {
        assertThat(rows.parse("{'id':[1],'text':'x\\ny'}")).isEqualTo(new PlainText("x\ny"));
        rows.rejects("{'txt':'x'}", RejectReason.MISSING_FIELD, "nearest that is there is \"txt\"");
        rows.rejects("{'text':3}", RejectReason.WRONG_TYPE, "\"text\" is a number");
        rows.rejects("{'text':'  '}", RejectReason.EMPTY, "\"text\" is empty");
        rows.rejects("{'text':'x'} y", RejectReason.MALFORMED_JSON, "not JSON");
    }

    @Test
    void bytesThatAreNoTextAreRejected() {
        byte[] bytes = {'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80};
        RowReader.Row row = new RowReader.Row(new RowLocation(0, "a.txt", 1), bytes, bytes.length);
        assertThat(catchThrowableOfType(RejectedRowException.class, () -> rows.parse(row))
                        .reason())
                .isEqualTo(RejectReason.INVALID_UTF8);
    }
}
