package dev.packtrain.pipeline.source;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a file holds, by its suffix. A suffix of a compression that Hadoop knows may follow that of lines and of CSV. */
public enum FileKind {
    /** A JSON object a line. */
    JSON_LINES("json", "jsonl", "ndjson"),
    /** A text a line. */
    TEXT("txt", "text"),
    /** Rows with a header. */
    CSV("csv", "tsv"),
    /** Apache Parquet. */
    PARQUET("parquet"),
    /** Apache ORC. */
    ORC("orc"),
    /** What is no file: a table of Spark's catalog or a data frame. */
    TABLE,
    /** The suffix says nothing. */
    UNKNOWN;

    /** What names of tables in Spark's catalog start with. */
    public static final String TABLE_PREFIX = "table:";

    /** What stands for a data frame that was handed over. */
    public static final String DATA_FRAME = "dataframe:";

    private static final Pattern SUFFIX = Pattern.compile("\\.([A-Za-z]+)(\\.(gz|gzip|bz2|zst|deflate|lz4|snappy))?$");

    private final String suffixes;

    FileKind(String... suffixes) {
        this.suffixes = String.join(" ", suffixes);
    }

    /** The kind of the file or table of that name. */
    public static FileKind of(String name) {
        if (name.startsWith(TABLE_PREFIX) || name.startsWith(DATA_FRAME)) {
            return TABLE;
        }
        Matcher matcher = SUFFIX.matcher(name);
        if (matcher.find()) {
            String suffix = matcher.group(1).toLowerCase(Locale.ROOT);
            for (FileKind kind : values()) {
                if (kind.suffixes().contains(suffix)) {
                    return kind;
                }
            }
        }
        return UNKNOWN;
    }

    /** Whether values of such a CSV file are separated by tabs. */
    static boolean isTabbed(String name) {
        Matcher matcher = SUFFIX.matcher(name);
        return matcher.find() && matcher.group(1).toLowerCase(Locale.ROOT).equals("tsv");
    }

    /** Suffixes of such files, without dot; none of what has no file. */
    public List<String> suffixes() {
        return List.of(suffixes.split(" "));
    }

    /** Whether each row is an object with named fields, whatever the format of the data set. */
    public boolean holdsObjects() {
        return this != TEXT && this != UNKNOWN;
    }
}
