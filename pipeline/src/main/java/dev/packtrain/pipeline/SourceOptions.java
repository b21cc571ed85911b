package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Where rows come from and which of their fields count.
 *
 * @param path {@code dataset_name_or_path}: a file, a directory, a glob, or any path Hadoop can read; {@code table:} and
 *     a name for a table of Spark's catalog
 * @param format {@code dataset_format}: the shape of the rows; null ({@code auto}) to see it from the first of them
 * @param srcField {@code src_field}: the field that holds the source
 * @param tgtField {@code tgt_field}: the field that holds the target
 * @param textField {@code text_field}: the field that holds a plain text
 * @param maxRowBytes {@code max_row_bytes}: a longer line is rejected, and never held in memory whole
 * @param maxRejected {@code max_rejected}: the run fails if more than this fraction (0 to 1) of its rows is rejected; 1
 *     switches the limit off
 * @param weights {@code dataset_weights}: how often each of the data sets that {@code path} names, with commas between
 *     them, is used; empty if it names one
 */
public record SourceOptions(
        String path,
        DatasetFormat format,
        String srcField,
        String tgtField,
        String textField,
        int maxRowBytes,
        double maxRejected,
        List<Double> weights)
        implements Serializable {
    /** Default of {@code src_field}. */
    public static final String DEFAULT_SRC_FIELD = "src";

    /** Default of {@code tgt_field}. */
    public static final String DEFAULT_TGT_FIELD = "tgt";

    /** Default of {@code text_field}. */
    public static final String DEFAULT_TEXT_FIELD = "text";

    /** Default of {@code max_row_bytes}: 16 MiB. */
    public static final int DEFAULT_MAX_ROW_BYTES = 16 << 20;

    /** Default of {@code max_rejected}: no limit. */
    public static final double DEFAULT_MAX_REJECTED = 1.0;

    /** Checks the values. */
    public SourceOptions {
        weights = List.copyOf(weights);
        requireText(path, "dataset_name_or_path", "a file, a directory, a glob or table:NAME");
        requireText(srcField, "src_field", "the name of the field that holds the source");
        requireText(tgtField, "tgt_field", "the name of the field that holds the target");
        requireText(textField, "text_field", "the name of the field that holds a plain text");
        if (srcField.equals(tgtField)) {
            throw new BadInputException(
                    "src_field and tgt_field are both \"%s\"; give the names of two different fields"
                            .formatted(srcField));
        }
        if (maxRowBytes < 2 || maxRowBytes > 1 << 30) {
            throw new BadInputException(
                    "max_row_bytes is %d; give a number of bytes from 2 to %d".formatted(maxRowBytes, 1 << 30));
        }
        if (!(maxRejected >= 0 && maxRejected <= 1)) {
            throw new BadInputException(
                    "max_rejected is %s; give a fraction of the rows from 0 to 1 (1: no limit)".formatted(maxRejected));
        }
    }

    /** One data set. */
    public SourceOptions(
            String path,
            DatasetFormat format,
            String srcField,
            String tgtField,
            String textField,
            int maxRowBytes,
            double maxRejected) {
        this(path, format, srcField, tgtField, textField, maxRowBytes, maxRejected, List.of());
    }

    /** The paths of the data sets: one unless there are weights. */
    public List<String> paths() {
        return weights.isEmpty()
                ? List.of(path)
                : Arrays.stream(path.split(",")).map(String::strip).toList();
    }

    /** Rows whose format is to be seen from them, with their usual field names. */
    public SourceOptions(String path, String srcField, String tgtField, int maxRowBytes, double maxRejected) {
        this(path, null, srcField, tgtField, DEFAULT_TEXT_FIELD, maxRowBytes, maxRejected);
    }

    /** The defaults. */
    public static SourceOptions of(String path) {
        return new SourceOptions(
                path, DEFAULT_SRC_FIELD, DEFAULT_TGT_FIELD, DEFAULT_MAX_ROW_BYTES, DEFAULT_MAX_REJECTED);
    }

    /** The same rules for rows elsewhere, whose format is to be seen from them. */
    public SourceOptions withPath(String other) {
        return new SourceOptions(other, null, srcField, tgtField, textField, maxRowBytes, maxRejected);
    }

    /** The same with other field names. */
    public SourceOptions withFields(String src, String tgt) {
        return new SourceOptions(path, format, src, tgt, textField, maxRowBytes, maxRejected, weights);
    }

    /** The same with another field for plain text. */
    public SourceOptions withTextField(String text) {
        return new SourceOptions(path, format, srcField, tgtField, text, maxRowBytes, maxRejected, weights);
    }

    /** The same with the format known. */
    public SourceOptions withFormat(DatasetFormat known) {
        return new SourceOptions(path, known, srcField, tgtField, textField, maxRowBytes, maxRejected, weights);
    }

    private static void requireText(String value, String key, String wanted) {
        if (value == null || value.isBlank()) {
            throw new BadInputException("%s is empty; give %s".formatted(key, wanted));
        }
    }
}
