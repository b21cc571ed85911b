package dev.packtrain.pipeline;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** A small tokenizer with BOS {@code <s>} (id 0) and EOS {@code </s>} (id 1); see {@code make_golden.py} beside it. */
public final class GoldenTokenizer {
    private GoldenTokenizer() {}

    /** The directory with its files. */
    public static Path directory() {
        try {
            return Path.of(GoldenTokenizer.class
                            .getResource("/tokenizer-golden/tokenizer.json")
                            .toURI())
                    .getParent();
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
