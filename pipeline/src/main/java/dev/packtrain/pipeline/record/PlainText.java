package dev.packtrain.pipeline.record;

/**
 * Text to be learnt whole ({@code autoregressive}).
 *
 * @param text not blank
 */
public record PlainText(String text) implements SourceRecord {}
