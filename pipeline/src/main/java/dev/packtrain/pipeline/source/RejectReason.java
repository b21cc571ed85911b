package dev.packtrain.pipeline.source;

import java.util.Locale;

/** Why a row is not used. */
public enum RejectReason {
    /** The line is longer than {@code max_row_bytes}. */
    TOO_LONG,
    /** The line is not UTF-8. */
    INVALID_UTF8,
    /** The line or a text in it has a NUL character. */
    NUL,
    /** The line is not JSON. */
    MALFORMED_JSON,
    /** The JSON is nested too deeply, or has a name or number that is absurdly long. */
    JSON_LIMITS,
    /** The JSON is something else than an object. */
    NOT_AN_OBJECT,
    /** A field stands there twice. */
    DUPLICATE_KEY,
    /** The source or target field is not there. */
    MISSING_FIELD,
    /** A field is neither a string nor a list of strings. */
    WRONG_TYPE,
    /** Source and target are lists of different lengths, or only one is a list. */
    LENGTH_MISMATCH,
    /** The source, the target or a turn of them is blank, or the list has no turns. */
    EMPTY,
    /** Half a surrogate pair: no text. */
    LONE_SURROGATE,
    /** The tokenizer makes nothing of a source. */
    SRC_WITHOUT_TOKENS,
    /** The tokenizer makes nothing of a target. */
    TGT_WITHOUT_TOKENS,
    /** The tokenizer makes nothing of a text. */
    TEXT_WITHOUT_TOKENS,
    /** The dialogue is more than user and assistant in turn, and there is no chat template. */
    NEEDS_TEMPLATE,
    /** The row has more than {@code max_length} tokens and is not to be cut. */
    OVERFLOW,
    /** No token of the row takes a loss. */
    NOTHING_LEARNT;

    /** As the report names it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
