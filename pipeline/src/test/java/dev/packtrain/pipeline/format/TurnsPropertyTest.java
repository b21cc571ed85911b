package dev.packtrain.pipeline.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.record.SourceRecord;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** No format loses a turn, a character or a flag: what is written in it is what is read. */
class TurnsPropertyTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Provide
    Arbitrary<List<String>> turns() {
        Arbitrary<String> text = Arbitraries.of(
                        "a", "衣", "😀", "\"", "\\", "\n", "\u2028", "{}", " x", "é", "e\u0301", "\u0001")
                .list()
                .ofMinSize(1)
                .ofMaxSize(8)
                .map(parts -> "t" + String.join("", parts));
        return text.list().ofMinSize(1).ofMaxSize(12).filter(texts -> texts.size() % 2 == 0);
    }

    @Property(tries = 200)
    void everyFormatReadsTheDialogueThatWasWritten(
            @ForAll("turns") List<String> turns, @ForAll boolean system, @ForAll long flags)
            throws RejectedRowException {
        List<Message> wanted = new ArrayList<>();
        ObjectNode srcTgt = JSON.createObjectNode();
        ObjectNode shareGpt = JSON.createObjectNode();
        ObjectNode openAi = JSON.createObjectNode();
        ArrayNode messages = openAi.putArray("messages");
        if (system) {
            wanted.add(FormatRows.system("S"));
            srcTgt.putObject("context").put("system", "S");
            shareGpt.put("system", "S");
            messages.addObject().put("role", "system").put("content", "S");
        }
        ArrayNode src = srcTgt.putArray("src");
        ArrayNode tgt = srcTgt.putArray("tgt");
        ArrayNode loss = srcTgt.putArray("loss");
        ArrayNode conversations = shareGpt.putArray("conversations");
        for (int i = 0; i < turns.size(); i += 2) {
            // The last answer is always learnt, because a row of which nothing is learnt is rejected.
            boolean learnt = ((flags >> i) & 1) == 1 || i + 2 == turns.size();
            wanted.add(FormatRows.user(turns.get(i)));
            wanted.add(Messages.assistant(turns.get(i + 1), learnt));
            src.add(turns.get(i));
            tgt.add(turns.get(i + 1));
            loss.add(learnt);
            conversations.addObject().put("from", "human").put("value", turns.get(i));
            conversations
                    .addObject()
                    .put("from", "gpt")
                    .put("value", turns.get(i + 1))
                    .put("loss", learnt);
            messages.addObject().put("role", "user").put("content", turns.get(i));
            messages.addObject()
                    .put("role", "assistant")
                    .put("content", turns.get(i + 1))
                    .put("weight", learnt ? 1 : 0);
        }
        Dialogue dialogue = Dialogue.of(wanted);
        assertThat(read(DatasetFormat.SRC_TGT, srcTgt)).isEqualTo(dialogue);
        assertThat(read(DatasetFormat.SHAREGPT, shareGpt)).isEqualTo(dialogue);
        assertThat(read(DatasetFormat.MESSAGES, openAi)).isEqualTo(dialogue);
    }

    private static SourceRecord read(DatasetFormat format, ObjectNode row) throws RejectedRowException {
        return new FormatRows(format).parse(FormatRows.row("rows.jsonl", row.toString()));
    }
}
