package dev.packtrain.pipeline.encode;

import dev.packtrain.pipeline.template.DialogueTemplateSource;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.Serializable;
import java.util.Objects;

/**
 * What a run has read for encoding, on its way to the executors.
 *
 * @param tokenizer the tokenizer's files
 * @param template what renders dialogues; null for none
 */
public record EncodingFiles(TokenizerFiles tokenizer, DialogueTemplateSource template) implements Serializable {
    /** Checks that there is a tokenizer. */
    public EncodingFiles {
        Objects.requireNonNull(tokenizer, "tokenizer");
    }
}
