package dev.packtrain.pipeline.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.pipeline.jinja.RenderException;
import dev.packtrain.pipeline.jinja.Template;
import dev.packtrain.pipeline.jinja.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Small templates, compared with what Jinja itself made of them. */
class JinjaGoldenTest {
    @Test
    void everyExpressionPrintsWhatJinjaPrints() throws Exception {
        List<String> lines =
                ChatTemplates.read("jinja-expressions.jsonl").lines().toList();
        Map<String, Value> variables = new HashMap<>();
        ChatTemplates.map(ChatTemplates.JSON.readTree(lines.get(0)).get("variables"))
                .forEach((name, value) -> variables.put(name, DialogueValues.of(value)));
        for (int i = 1; i < lines.size(); i++) {
            JsonNode golden = ChatTemplates.JSON.readTree(lines.get(i));
            String source = golden.get("template").asText();
            Template template = Template.parse("a test", source);
            if (golden.has("text")) {
                assertThat(template.render(variables, ChatTemplates.NOW).text())
                        .as(source)
                        .isEqualTo(golden.get("text").asText());
            } else {
                assertThatThrownBy(() -> template.render(variables, ChatTemplates.NOW))
                        .as(source)
                        .isInstanceOf(RenderException.class);
            }
        }
        assertThat(lines).hasSizeGreaterThan(55);
    }
}
