package dev.packtrain.pipeline.template;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * Which chat template renders dialogues.
 *
 * @param template {@code chat_template}: {@link #NO_TEMPLATE}, {@link #OF_TOKENIZER}, the path of a Jinja file, of
 *     PaddleNLP's JSON, or of a directory that holds a {@code chat_template.json} of PaddleNLP
 * @param variables {@code chat_template_kwargs}: further variables for a Hugging Face template
 */
public record TemplateOptions(String template, Map<String, Object> variables) implements Serializable {
    /** Value of {@code chat_template} for dialogues without a template. */
    public static final String NO_TEMPLATE = "none";

    /** Value of {@code chat_template} for the tokenizer's own template. */
    public static final String OF_TOKENIZER = "tokenizer";

    /** Dialogues without a template. */
    public static final TemplateOptions NONE = new TemplateOptions(NO_TEMPLATE, Map.of());

    /** Checks and copies. */
    public TemplateOptions {
        if (template == null || template.isBlank()) {
            throw new BadInputException(
                    "chat_template is empty; give none, tokenizer, or the path of a Jinja file or of PaddleNLP's JSON");
        }
        variables = new HashMap<>(variables);
        if (!variables.isEmpty() && template.equals(NO_TEMPLATE)) {
            throw new BadInputException(
                    "chat_template_kwargs is set but chat_template is none; give a chat_template, or leave chat_template_kwargs out");
        }
    }

    /** Whether there is a template. */
    public boolean isSet() {
        return !template.equals(NO_TEMPLATE);
    }
}
