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
    /** A message of somebody whom the format does not know. */
    UNKNOWN_ROLE,
    /** The messages do not follow each other as the format wants it. */
    ROLES_OUT_OF_ORDER,
    /** No message is the assistant's. */
    NO_ASSISTANT_MESSAGE,
    /** A message holds something else than text, such as an image. */
    UNSUPPORTED_CONTENT,
    /** Tools, or a call of one, are not the JSON that they should be. */
    MALFORMED_TOOLS,
    /** No answer of a preference is the better one. */
    TIE,
    /** The two answers of a preference are the same. */
    SAME_ANSWERS,
    /** The answers of a preference repeat another prompt than the row's. */
    PROMPT_MISMATCH,
    /** A row of a CSV file has more or fewer values than the header, or a quote that does not end. */
    MALFORMED_CSV,
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
    /** The chat template refuses the dialogue, or fails on it. */
    TEMPLATE_REFUSES,
    /** What the assistant says cannot be found in what the chat template makes of the dialogue. */
    ANSWER_LOST,
    /** The row has more than {@code max_length} tokens and is not to be cut. */
    OVERFLOW,
    /** No token of the row takes a loss. */
    NOTHING_LEARNT,
    /** Its source's weight leaves this row out. */
    NOT_SAMPLED,
    /** The source has fewer characters than {@code min_src_chars}. */
    SRC_TOO_SHORT,
    /** The source has more characters than {@code max_src_chars}. */
    SRC_TOO_LONG,
    /** The target has fewer characters than {@code min_tgt_chars}. */
    TGT_TOO_SHORT,
    /** The target has more characters than {@code max_tgt_chars}. */
    TGT_TOO_LONG,
    /** The target is too short or too long for its source. */
    TGT_SRC_RATIO,
    /** Too much of the target is neither letter, digit nor white space. */
    NON_TEXT,
    /** Too many lines of the target repeat earlier ones. */
    REPEATED_LINES,
    /** Too much of the target repeats what it said before. */
    REPEATED_NGRAMS,
    /** The row shares a passage with the held-out set. */
    CONTAMINATED,
    /** An earlier row says the same. */
    DUPLICATE,
    /** An earlier row says nearly the same. */
    NEAR_DUPLICATE,
    /** The row belongs to the dev set, and this is the train set. */
    HELD_OUT,
    /** The row belongs to the train set, and this is the dev set. */
    NOT_HELD_OUT;

    /** Whether cleaning took the row out, which is no fault of the row: {@code max_rejected} does not count it. */
    public boolean isCleaning() {
        return compareTo(NOT_SAMPLED) >= 0;
    }

    /** As the report names it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
