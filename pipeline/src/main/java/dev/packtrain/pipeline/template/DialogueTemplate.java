package dev.packtrain.pipeline.template;

import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.source.RejectedRowException;

/** What turns a dialogue into the text that a model reads. Immutable; any number of threads may use one at once. */
public sealed interface DialogueTemplate permits ChatTemplate, PaddleChatTemplate {
    /**
     * Renders a dialogue.
     *
     * @param addGenerationPrompt whether the text ends with what asks the assistant for its next message
     * @throws RejectedRowException if the template refuses the dialogue, or an assistant's message cannot be found in the
     *     text
     */
    RenderedDialogue render(Dialogue dialogue, boolean addGenerationPrompt) throws RejectedRowException;

    /** One line for people: where the template comes from, how spans are found, and what to look out for. */
    String description();
}
