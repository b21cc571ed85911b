package dev.packtrain.pipeline.format;

import dev.packtrain.pipeline.DatasetFormat;

/**
 * The format of an input, and how it came to be known.
 *
 * @param format never null
 * @param why a sentence for the user, without the full stop
 */
public record FormatChoice(DatasetFormat format, String why) {}
