package dev.packtrain.pipeline.template;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The templates and dialogues of the tests; docs/goldens/chat_templates.py wrote what transformers makes of them. */
public final class ChatTemplates {
    public static final ObjectMapper JSON = new ObjectMapper();

    /** Where the goldens' clock stood. */
    public static final LocalDateTime NOW = LocalDateTime.of(2024, 12, 9, 8, 7, 6);

    static final Map<String, String> TOKENS =
            Map.of("bos_token", "<s>", "eos_token", "</s>", "pad_token", "<pad>", "unk_token", "<unk>");

    private ChatTemplates() {}

    public static String read(String file) {
        try {
            return Files.readString(Path.of(
                    ChatTemplates.class.getResource("/chat-templates/" + file).toURI()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static ChatTemplate load(String name, Map<String, Object> variables) {
        return of(name, read(name + ".jinja"), variables);
    }

    static ChatTemplate of(String name, String template, Map<String, Object> variables) {
        return new ChatTemplateSource(name, template, null, TOKENS, variables, NOW).compile();
    }

    static List<Dialogue> dialogues() throws IOException {
        List<Dialogue> dialogues = new ArrayList<>();
        for (JsonNode dialogue : JSON.readTree(read("dialogues.json"))) {
            List<Message> messages = new ArrayList<>();
            for (JsonNode message : dialogue.get("messages")) {
                Map<String, Object> more = map(message);
                more.remove("role");
                more.remove("content");
                messages.add(new Message(
                        message.get("role").asText(), message.get("content").asText(), true, more));
            }
            List<Map<String, Object>> tools = new ArrayList<>();
            dialogue.get("tools").forEach(tool -> tools.add(map(tool)));
            dialogues.add(new Dialogue(messages, tools));
        }
        return dialogues;
    }

    static Map<String, Object> map(JsonNode object) {
        return JSON.convertValue(object, new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    static Dialogue said(String... texts) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < texts.length; i++) {
            messages.add(Message.of(i % 2 == 0 ? Message.USER : Message.ASSISTANT, texts[i]));
        }
        return Dialogue.of(messages);
    }

    static List<String> texts(RenderedDialogue rendered) {
        List<String> texts = new ArrayList<>();
        rendered.spans().forEach(span -> texts.add(rendered.text().substring(span.start(), span.end())));
        return texts;
    }
}
