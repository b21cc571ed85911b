package dev.packtrain.pipeline.template;

import java.time.LocalDateTime;

/**
 * What a chat template of PaddleNLP is made of.
 *
 * @param where the file it was read from, for messages
 * @param json its text
 * @param now what {@code strftime_now} shows
 */
public record PaddleTemplateSource(String where, String json, LocalDateTime now) implements DialogueTemplateSource {
    @Override
    public DialogueTemplate compile() {
        return PaddleChatTemplate.parse(where, json, now);
    }
}
