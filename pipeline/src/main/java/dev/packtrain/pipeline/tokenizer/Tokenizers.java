package dev.packtrain.pipeline.tokenizer;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;

/** Chooses the way to tokenise with given files; {@link Tokenizer#description()} says which was chosen and why. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * Loads a tokenizer.
     *
     * @param path a {@code tokenizer.json} or the directory that holds it
     * @throws BadInputException if there is none, or it names no token that ends a text
     */
    public static Tokenizer load(Path path) throws IOException {
        return load(TokenizerFiles.read(path), null);
    }

    /**
     * Loads a tokenizer from its bytes.
     *
     * @param eosToken the token that ends a text, or null for what the files say
     * @throws BadInputException if they are no tokenizer, or {@code eosToken} is not in it
     */
    public static Tokenizer load(TokenizerFiles files, String eosToken) {
        return HuggingFaceTokenizer.load(files, eosToken);
    }
}
