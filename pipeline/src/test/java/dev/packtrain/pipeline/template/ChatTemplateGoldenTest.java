package dev.packtrain.pipeline.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.pipeline.jinja.RenderException;
import dev.packtrain.pipeline.record.Dialogue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each template on each dialogue, compared with what {@code transformers} made of them. */
class ChatTemplateGoldenTest {
    private final Map<String, ChatTemplate> templates = new HashMap<>();

    private ChatTemplate template(JsonNode golden) {
        Map<String, Object> variables = golden.has("variables") ? ChatTemplates.map(golden.get("variables")) : Map.of();
        String name = golden.get("template").asText();
        return templates.computeIfAbsent(name + variables, key -> ChatTemplates.load(name, variables));
    }

    private static List<JsonNode> goldens() throws Exception {
        List<JsonNode> goldens = new ArrayList<>();
        for (String line : ChatTemplates.read("goldens.jsonl").lines().toList()) {
            goldens.add(ChatTemplates.JSON.readTree(line));
        }
        assertThat(goldens).hasSizeGreaterThan(350);
        return goldens;
    }

    @Test
    void textsAndRefusalsEqualThoseOfTransformers() throws Exception {
        List<Dialogue> dialogues = ChatTemplates.dialogues();
        for (JsonNode golden : goldens()) {
            String name = golden.get("template").asText();
            Dialogue dialogue = dialogues.get(golden.get("dialogue").asInt());
            boolean prompt = golden.get("prompt").asBoolean();
            if (golden.has("text")) {
                assertThat(template(golden).run(dialogue, prompt).text())
                        .as("%s", golden)
                        .isEqualTo(golden.get("text").asText());
                continue;
            }
            assertThatThrownBy(() -> template(golden).run(dialogue, prompt))
                    .as("%s", golden)
                    .isInstanceOfSatisfying(RenderException.class, refusal -> {
                        assertThat(refusal.isRaisedByTemplate())
                                .isEqualTo(golden.get("raised").asBoolean());
                        if (refusal.isRaisedByTemplate()) {
                            assertThat(refusal).hasMessage(golden.get("error").asText());
                        } else {
                            assertThat(refusal).hasMessageContaining(name).hasMessageContaining("line");
                        }
                    });
        }
    }

    @Test
    void generationBlocksEqualTheAssistantMaskOfTransformers() throws Exception {
        List<Dialogue> dialogues = ChatTemplates.dialogues();
        int compared = 0;
        for (JsonNode golden : goldens()) {
            if (!golden.has("spans")) {
                continue;
            }
            Dialogue dialogue = dialogues.get(golden.get("dialogue").asInt());
            RenderedDialogue rendered =
                    template(golden).render(dialogue, golden.get("prompt").asBoolean());
            List<List<Integer>> spans = new ArrayList<>();
            for (Span span : rendered.spans()) {
                // Python counts code points.
                spans.add(List.of(
                        rendered.text().codePointCount(0, span.start()),
                        rendered.text().codePointCount(0, span.end())));
            }
            List<List<Integer>> wanted = new ArrayList<>();
            golden.get("spans")
                    .forEach(span ->
                            wanted.add(List.of(span.get(0).asInt(), span.get(1).asInt())));
            assertThat(spans).as("%s", golden).isEqualTo(wanted);
            compared++;
        }
        assertThat(compared).isGreaterThan(20);
    }
}
