package dev.packtrain.pipeline.record;

/** A row that passed the checks. No text in it has a NUL or a lone surrogate. */
public sealed interface SourceRecord permits Dialogue, Preference, PlainText {}
