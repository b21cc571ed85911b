package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The shape of a data set's rows ({@code dataset_format}). */
public enum DatasetFormat {
    /** {@code src} and {@code tgt}, strings or lists of strings, as PaddleNLP has them. */
    SRC_TGT,
    /** {@code conversations} of {@code from} and {@code value}. */
    SHAREGPT,
    /** {@code messages} of {@code role} and {@code content}, as OpenAI has them. */
    MESSAGES,
    /** {@code instruction}, {@code input} and {@code output}. */
    ALPACA,
    /** Two answers of which one is better: PaddleNLP's {@code response} and {@code sort}, or {@code chosen} and {@code rejected}. */
    PREFERENCE,
    /** Plain text: a line of a text file, or one field of a row. */
    TEXT;

    /** What {@code dataset_format} is when the rows themselves are to show it. */
    public static final String AUTO = "auto";

    /** As recipes name it. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format that a recipe names; null for {@link #AUTO}.
     *
     * @throws BadInputException if there is none of that name
     */
    public static DatasetFormat of(String key) {
        if (key.equals(AUTO)) {
            return null;
        }
        for (DatasetFormat format : values()) {
            if (format.key().equals(key)) {
                return format;
            }
        }
        throw new BadInputException("dataset_format is \"%s\"; give %s or one of %s".formatted(key, AUTO, keys()));
    }

    /** The names of all, with commas between them. */
    public static String keys() {
        return Arrays.stream(values()).map(DatasetFormat::key).collect(Collectors.joining(", "));
    }
}
