package dev.packtrain.pipeline.template;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;

/** What a template is made of, small enough to be sent to executors, which make it again. */
public sealed interface DialogueTemplateSource extends Serializable permits ChatTemplateSource, PaddleTemplateSource {
    /**
     * What templates are told that the time is. Fixed, so that the same data give the same tokens on any day; it is the
     * date that Llama 3.1's template falls back on. Templates that name the day take it from a variable too.
     */
    LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 0, 0);

    /** The name of PaddleNLP's template in a directory. */
    String PADDLE_FILE = "chat_template.json";

    /**
     * The template, ready to render.
     *
     * @throws BadInputException if it cannot be used; names what it uses and where
     */
    DialogueTemplate compile();

    /**
     * Finds the template that is asked for.
     *
     * @return null if none is asked for
     * @throws BadInputException if it is not there
     */
    static DialogueTemplateSource resolve(TemplateOptions options, TokenizerFiles tokenizer) throws IOException {
        if (!options.isSet()) {
            return null;
        }
        return options.template().equals(TemplateOptions.OF_TOKENIZER)
                ? ofTokenizer(options, tokenizer)
                : ofPath(options, tokenizer);
    }

    private static DialogueTemplateSource ofTokenizer(TemplateOptions options, TokenizerFiles tokenizer)
            throws IOException {
        ChatTemplateSource source = ChatTemplateFiles.of(tokenizer, options.variables(), NOW);
        if (source == null) {
            throw new BadInputException(
                    "chat_template is tokenizer, but %s has no chat template beside it; give the path of a Jinja file or of PaddleNLP's JSON, or none"
                            .formatted(tokenizer.where()));
        }
        return source;
    }

    private static DialogueTemplateSource ofPath(TemplateOptions options, TokenizerFiles tokenizer) throws IOException {
        Path given = Path.of(options.template());
        Path file = Files.isDirectory(given) ? given.resolve(PADDLE_FILE) : given;
        if (!Files.isRegularFile(file)) {
            throw new BadInputException(
                    "chat_template is \"%s\", but there is no file %s; give none, tokenizer, or the path of a Jinja file or of PaddleNLP's JSON"
                            .formatted(options.template(), file));
        }
        if (!file.toString().endsWith(".json")) {
            return ChatTemplateFiles.ofFile(file, tokenizer, options.variables(), NOW);
        }
        if (!options.variables().isEmpty()) {
            throw new BadInputException(
                    "chat_template_kwargs is set, but %s is a template of PaddleNLP, which has no further variables; leave chat_template_kwargs out"
                            .formatted(file));
        }
        return new PaddleTemplateSource(file.toString(), Files.readString(file, StandardCharsets.UTF_8), NOW);
    }
}
