package dev.packtrain.pipeline.template;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Everything a Hugging Face chat template is made of, so that executors can make it again.
 *
 * @param where the file it was read from, for messages
 * @param template Jinja
 * @param toolTemplate Jinja for dialogues with tools (the template named {@code tool_use}); null if it is the same
 * @param specialTokens {@code bos_token}, {@code eos_token} and so on, as text
 * @param variables further variables ({@code chat_template_kwargs}), such as {@code enable_thinking}: strings, numbers,
 *     booleans, nulls, lists and maps of those; they replace special tokens of the same name
 * @param now what {@code strftime_now} shows: fixed, so that the same data give the same text
 */
public record ChatTemplateSource(
        String where,
        String template,
        String toolTemplate,
        Map<String, String> specialTokens,
        Map<String, Object> variables,
        LocalDateTime now)
        implements DialogueTemplateSource {
    /** Checks and copies. */
    public ChatTemplateSource {
        Objects.requireNonNull(where, "where");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(now, "now");
        specialTokens = Map.copyOf(specialTokens);
        // Map.copyOf refuses null, which a variable may be.
        variables = new HashMap<>(variables);
    }

    @Override
    public ChatTemplate compile() {
        return new ChatTemplate(this);
    }
}
