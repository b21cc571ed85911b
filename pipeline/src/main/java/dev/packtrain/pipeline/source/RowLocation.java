package dev.packtrain.pipeline.source;

import java.io.Serializable;

/**
 * Where a row is.
 *
 * @param index 0-based number of the row in the whole input: files in sorted order, then lines, blank ones not counted
 * @param file the file as messages show it
 * @param line 1-based number of the line in the file, blank ones counted
 */
public record RowLocation(long index, String file, long line) implements Serializable {}
