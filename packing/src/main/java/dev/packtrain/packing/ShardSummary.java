package dev.packtrain.packing;

/**
 * What a finished shard holds.
 *
 * @param rows packs
 * @param examples documents in them
 * @param tokens tokens without padding
 * @param labelTokens tokens that take a loss, see {@link TokenizedExample#numLabelTokens()}
 * @param bytes length of the file
 * @param sha256 of the file, 64 lower-case hexadecimal digits
 */
public record ShardSummary(int rows, long examples, long tokens, long labelTokens, long bytes, String sha256) {}
