package dev.packtrain.pipeline.tokenizer;

/** A {@code tokenizer.json} asks for something that only the Hugging Face library does; the message names it. */
final class UnsupportedFileException extends Exception {
    UnsupportedFileException(String what) {
        super(what);
    }
}
