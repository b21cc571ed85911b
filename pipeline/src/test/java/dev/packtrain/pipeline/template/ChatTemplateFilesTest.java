package dev.packtrain.pipeline.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateFilesTest {
    private static final String LOOP = "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}";

    @TempDir
    private Path folder;

    private ChatTemplateSource read(String config) throws IOException {
        TokenizerFiles files = new TokenizerFiles(
                folder.resolve("tokenizer.json").toString(),
                new byte[0],
                config.getBytes(StandardCharsets.UTF_8),
                "{\"bos_token\": \"<b>\"}".getBytes(StandardCharsets.UTF_8));
        return ChatTemplateFiles.of(files, Map.of("flag", true), ChatTemplates.NOW);
    }

    @Test
    void theTemplateOfTheConfigHasItsSpecialTokens() throws Exception {
        ChatTemplateSource source =
                read("{\"chat_template\": \"%s\", \"eos_token\": {\"content\": \"</e>\"}}".formatted(LOOP));
        assertThat(source.specialTokens()).isEqualTo(Map.of("bos_token", "<b>", "eos_token", "</e>"));
        assertThat(source.compile().render(ChatTemplates.said("a", "b"), false).text())
                .isEqualTo("a</e>b</e>");
    }

    @Test
    void namedTemplatesServeDialoguesWithAndWithoutTools() throws Exception {
        ChatTemplate template =
                read("{\"eos_token\": \"</e>\", \"chat_template\": [{\"name\": \"default\", \"template\": \"%s\"}, {\"name\": \"tool_use\", \"template\": \"tools %s\"}]}"
                                .formatted(LOOP, LOOP))
                        .compile();
        Dialogue plain = ChatTemplates.said("a", "b");
        Dialogue withTools = new Dialogue(plain.messages(), List.of(Map.of("name", "f")));
        assertThat(template.render(plain, false).text()).isEqualTo("a</e>b</e>");
        assertThat(template.render(withTools, false).text()).isEqualTo("tools a</e>b</e>");
        assertThatThrownBy(() -> read("{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("one named \"default\"");
    }

    @Test
    void aFileBesideTheTokenizerComesFirst() throws Exception {
        Files.writeString(folder.resolve("chat_template.jinja"), "file " + LOOP);
        ChatTemplateSource source = read("{\"chat_template\": \"x\", \"eos_token\": \"</e>\"}");
        assertThat(source.where()).endsWith("chat_template.jinja");
        assertThat(source.compile().render(ChatTemplates.said("a", "b"), false).text())
                .isEqualTo("file a</e>b</e>");
    }

    @Test
    void aTokenizerWithoutTemplateHasNone() throws Exception {
        assertThat(read("{}")).isNull();
        assertThatThrownBy(() -> read("{"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not JSON");
    }
}
