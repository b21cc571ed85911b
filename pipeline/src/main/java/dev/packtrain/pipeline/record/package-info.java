/**
 * What a row says once it is checked, whatever format it came in: a dialogue, a preference between two answers, or plain
 * text. The formats of {@link dev.packtrain.pipeline.source} lead here; templates, cleaning and encoding start here.
 */
package dev.packtrain.pipeline.record;
