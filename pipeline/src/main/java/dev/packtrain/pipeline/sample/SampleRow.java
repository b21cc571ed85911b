package dev.packtrain.pipeline.sample;

/**
 * One row of a sample.
 *
 * @param src attributes, {@code name#value} joined by {@code *}
 * @param tgt an advertisement
 */
public record SampleRow(String src, String tgt) {}
