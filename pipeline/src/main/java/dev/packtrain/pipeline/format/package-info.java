/**
 * What a raw row says: the record formats, which of them an input has, and one parser a format.
 *
 * <p>What enters: raw rows of {@link dev.packtrain.pipeline.source}, each a JSON object or a line of plain text. What
 * leaves: {@link dev.packtrain.pipeline.record.SourceRecord}s, or the reason why a row is not one. {@code
 * docs/data-formats.md} says what each format looks like.
 */
package dev.packtrain.pipeline.format;
