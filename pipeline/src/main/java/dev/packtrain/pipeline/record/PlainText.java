package dev.packtrain.pipeline.record;

import java.util.List;

/**
 * Text to be learnt whole ({@code autoregressive}).
 *
 * @param text not blank
 */
public record PlainText(String text) implements SourceRecord {
    @Override
    public List<String> texts() {
        return List.of(text);
    }
}
