package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;

/**
 * How text becomes token ids.
 *
 * @param tokenizerPath {@code tokenizer_name_or_path}: a {@code tokenizer.json} or the local directory that holds it
 * @param eosToken {@code eos_token}: the token that ends a target; null to take it from {@code tokenizer_config.json}
 * @param srcLength {@code src_length}: a source keeps its last so many tokens
 * @param maxLength {@code max_length}: tokens of an example at most, and slots of a pack
 */
public record EncodeOptions(String tokenizerPath, String eosToken, int srcLength, int maxLength)
        implements Serializable {
    /** Default of {@code src_length}. */
    public static final int DEFAULT_SRC_LENGTH = 1024;

    /** Default of {@code max_length}. */
    public static final int DEFAULT_MAX_LENGTH = 2048;

    /** Checks the values. */
    public EncodeOptions {
        if (tokenizerPath == null || tokenizerPath.isBlank()) {
            throw new BadInputException(
                    "tokenizer_name_or_path is empty; give a tokenizer.json or the directory that holds it");
        }
        if (srcLength < 1 || maxLength <= srcLength) {
            throw new BadInputException(
                    "src_length is %d and max_length is %d; give 1 <= src_length < max_length, so that a target has room"
                            .formatted(srcLength, maxLength));
        }
        if (maxLength > 1 << 24) {
            throw new BadInputException(
                    "max_length is %d; give a number of tokens of at most %d".formatted(maxLength, 1 << 24));
        }
    }

    /** The EOS that the tokenizer's own files name. */
    public static EncodeOptions of(String tokenizerPath, int srcLength, int maxLength) {
        return new EncodeOptions(tokenizerPath, null, srcLength, maxLength);
    }
}
