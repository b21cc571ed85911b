package dev.packtrain.pipeline.template;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.record.Dialogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is said, the spans are the answers. */
class MarkersPropertyTest {
    private final ChatTemplate chatMl = ChatTemplates.load("chatml", Map.of());
    private final ChatTemplate llama3 = ChatTemplates.load("llama3_format", Map.of());

    @Provide
    Arbitrary<List<String>> texts() {
        Arbitrary<String> piece = Arbitraries.of(
                "a",
                "<|im_end|>",
                "<|im_start|>assistant\n",
                "\n",
                " ",
                "</s>",
                "é😀",
                "{{ x }}",
                "<|eot_id|>",
                "<|start_header_id|>assistant<|end_header_id|>\n\n");
        Arbitrary<String> text = piece.list().ofMaxSize(6).map(pieces -> "x" + String.join("", pieces));
        return text.list().ofMinSize(2).ofMaxSize(9);
    }

    @Property(tries = 300)
    void theSpansAreTheAnswers(@ForAll("texts") List<String> texts) throws Exception {
        Dialogue dialogue = ChatTemplates.said(texts.toArray(String[]::new));
        List<String> chatMlWants = new ArrayList<>();
        List<String> llama3Wants = new ArrayList<>();
        for (int i = 1; i < texts.size(); i += 2) {
            chatMlWants.add(texts.get(i) + "<|im_end|>");
            llama3Wants.add(texts.get(i).strip() + "<|eot_id|>");
        }
        assertThat(ChatTemplates.texts(chatMl.render(dialogue, false))).isEqualTo(chatMlWants);
        assertThat(ChatTemplates.texts(llama3.render(dialogue, true))).isEqualTo(llama3Wants);
    }
}
