package dev.packtrain.pipeline.tokenizer;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Chooses the way to tokenise with given files; {@link Tokenizer#description()} says which was chosen and why.
 *
 * <p>Byte-level BPE files of known make are tokenised in Java, after a self-test against the Hugging Face library;
 * every other file by the library.
 */
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
        TokenizerVocabulary vocabulary = TokenizerVocabulary.of(files);
        HuggingFaceTokenizer library = HuggingFaceTokenizer.load(files, vocabulary, eosToken);
        String reason;
        try {
            ByteLevelTokenizer own = new ByteLevelTokenizer(
                    ByteLevelFile.read(vocabulary.root()),
                    ByteLevelModel.read(vocabulary.root()),
                    library,
                    new LazyReference(files, eosToken));
            Optional<String> difference = new SelfTest(vocabulary.root()).difference(own, library);
            if (difference.isEmpty()) {
                library.close();
                return own;
            }
            own.close();
            reason = "the self-test of the way in Java failed: " + difference.get();
        } catch (UnsupportedFileException unsupported) {
            reason = "the way in Java does not know " + unsupported.getMessage();
        }
        return library.because(reason);
    }
}
