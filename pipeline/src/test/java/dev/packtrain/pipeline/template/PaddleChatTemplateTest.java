package dev.packtrain.pipeline.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaddleChatTemplateTest {
    private static final String JSON =
            """
            {"system": "{{system | default('Be kind.')}}\\n",
             "conversation": ["[Round {{index}}]\\nQ: {{user}}\\n", "A: {{bot}}</s>\\n"],
             "query": "[Round {{index}}]\\nQ: {{query}}\\nA: "}
            """;

    private static PaddleChatTemplate parse(String json) {
        return PaddleChatTemplate.parse("chat_template.json", json, ChatTemplates.NOW);
    }

    @Test
    void answersAreLearntAsTheirPartIsWritten() throws Exception {
        RenderedDialogue rendered = parse(JSON).render(ChatTemplates.said("a", "b", "c", "A: d"), false);
        assertThat(rendered.text()).isEqualTo("Be kind.\n[Round 0]\nQ: a\nA: b</s>\n[Round 1]\nQ: c\nA: A: d</s>\n");
        assertThat(ChatTemplates.texts(rendered)).containsExactly("A: b</s>\n", "A: A: d</s>\n");
        assertThat(rendered.spans()).extracting(Span::message).containsExactly(1, 3);
    }

    @Test
    void theSystemTextAndTheQueryHaveTheirPlace() throws Exception {
        Dialogue dialogue = Dialogue.of(List.of(
                Message.of(Message.SYSTEM, "Be brief."),
                Message.of(Message.USER, "a"),
                Message.of(Message.ASSISTANT, "b"),
                Message.of(Message.USER, "c")));
        RenderedDialogue rendered = parse(JSON).render(dialogue, true);
        assertThat(rendered.text()).isEqualTo("Be brief.\n[Round 0]\nQ: a\nA: b</s>\n[Round 1]\nQ: c\nA: ");
        assertThat(rendered.spans()).extracting(Span::message).containsExactly(2);
    }

    @Test
    void whatItCannotSayIsRejected() {
        Dialogue twice = Dialogue.of(List.of(
                Message.of(Message.USER, "a"), Message.of(Message.USER, "b"), Message.of(Message.ASSISTANT, "c")));
        assertThatThrownBy(() -> parse(JSON).render(twice, false))
                .isInstanceOfSatisfying(RejectedRowException.class, rejected -> assertThat(rejected.reason())
                        .isEqualTo(RejectReason.TEMPLATE_REFUSES))
                .hasMessageContaining("message 1 is by 'user'");
    }

    @Test
    void otherFilesAreRefused() {
        assertThatThrownBy(() -> parse("{\"chat_template\": \"x\"}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no \"conversation\" of two texts");
        assertThatThrownBy(() -> parse("{\"conversation\": [\"{{user}}\", \"nothing\"]}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("loses what the bot says");
        assertThatThrownBy(() -> parse("{"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not JSON");
        assertThatThrownBy(() -> parse("{\"conversation\": [\"{{user|wordwrap}}\", \"{{bot}}\"]}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the filter 'wordwrap' is not supported");
    }
}
