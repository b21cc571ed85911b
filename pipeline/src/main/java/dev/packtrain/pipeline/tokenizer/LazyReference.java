package dev.packtrain.pipeline.tokenizer;

/**
 * The Hugging Face library on the same files, loaded when it is first needed: beside a large vocabulary it takes a
 * hundred megabytes, and most runs need it for nothing.
 */
final class LazyReference implements AutoCloseable {
    private final TokenizerFiles files;
    private final String eosToken;
    private HuggingFaceTokenizer loaded;
    private boolean closed;

    LazyReference(TokenizerFiles files, String eosToken) {
        this.files = files;
        this.eosToken = eosToken;
    }

    synchronized HuggingFaceTokenizer get() {
        if (closed) {
            throw new IllegalStateException("this tokenizer is closed");
        }
        if (loaded == null) {
            loaded = HuggingFaceTokenizer.load(files, eosToken);
        }
        return loaded;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (loaded != null) {
            loaded.close();
        }
    }
}
