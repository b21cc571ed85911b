package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tables as Spark reads them, in a session of their own with the settings on which the rows depend: the user's, but for
 * how files are cut, which must not depend on the cluster, and for damaged files, which are never passed over.
 */
final class TableSession {
    private static final String[][] FIXED = {
        {"spark.sql.files.minPartitionNum", "1"},
        {"spark.sql.files.ignoreCorruptFiles", "false"},
        {"spark.sql.files.ignoreMissingFiles", "false"},
        {"spark.sql.orc.mergeSchema", "true"},
        {"spark.sql.parquet.mergeSchema", "true"},
    };

    /** Bytes of a file that one task reads: with this the splits, and so the groups, are a function of the files. */
    static final long SPLIT_BYTES = 32L << 20;

    private TableSession() {}

    private static SparkSession of(SparkSession user, long splitBytes) {
        SparkSession session = user.newSession();
        CollectionConverters.asJava(user.conf().getAll()).forEach((key, value) -> {
            if (session.conf().isModifiable(key)) {
                session.conf().set(key, value);
            }
        });
        for (String[] setting : FIXED) {
            session.conf().set(setting[0], setting[1]);
        }
        session.conf().set("spark.sql.files.maxPartitionBytes", splitBytes);
        return session;
    }

    /** Files of one format, with the columns of all of them. */
    static Dataset<Row> files(SparkSession user, String format, List<Path> files, long splitBytes) {
        try {
            return of(user, splitBytes)
                    .read()
                    .format(format)
                    // A folder named like a partition is no column: the rows are what stands in the files.
                    .option("recursiveFileLookup", "true")
                    .load(files.stream().map(TableSession::literally).toArray(String[]::new));
        } catch (Exception failure) {
            // Spark throws checked exceptions that its methods do not declare.
            throw new BadInputException(
                    "%s%s cannot be read as %s: %s; give files that Spark can read together"
                            .formatted(
                                    InputFiles.display(files.get(0)),
                                    files.size() > 1 ? " and " + (files.size() - 1) + " more" : "",
                                    format.toUpperCase(Locale.ROOT),
                                    firstLine(failure)),
                    failure);
        }
    }

    /** Spark takes a path for a glob. */
    private static String literally(Path file) {
        return file.toString().replaceAll("([\\[\\]{}*?])", "\\\\$1");
    }

    /** A table or view of the catalog, or a temporary view of the user's session. */
    static Dataset<Row> table(SparkSession user, String name) {
        SparkSession session = of(user, SPLIT_BYTES);
        try {
            return session.catalog().tableExists(name) ? session.table(name) : user.table(name);
        } catch (Exception failure) {
            throw new BadInputException(
                    "\"table:%s\": the catalog does not give that table (%s); give table: and a name that SHOW TABLES has, with its database"
                            .formatted(name, firstLine(failure)),
                    failure);
        }
    }

    /** Of the first cause, because Spark's own sentence is about its tasks. */
    private static String firstLine(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        // What Spark says of a name that it cannot parse begins with an empty line.
        return RowText.brief(String.valueOf(cause.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("no message"));
    }
}
