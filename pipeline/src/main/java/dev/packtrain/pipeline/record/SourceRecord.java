package dev.packtrain.pipeline.record;

import java.util.List;

/** A row that passed the checks. No text in it has a NUL or a lone surrogate. */
public sealed interface SourceRecord permits Dialogue, Preference, PlainText {
    /** All texts of the record in the order in which they were said; of a preference the better answer, then the worse. */
    List<String> texts();
}
