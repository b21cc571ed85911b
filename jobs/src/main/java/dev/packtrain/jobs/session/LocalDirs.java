package dev.packtrain.jobs.session;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.util.Utils;

/** The folders where Spark keeps what it sorts. Where it can use none of them, it ends the process without a word. */
final class LocalDirs {
    private LocalDirs() {}

    /**
     * Looks whether Spark can make a folder in one of them on this host, as it will.
     *
     * @throws BadInputException if not, with what is wrong with each
     */
    static void requireOne(SparkConf conf) {
        List<String> unusable = new ArrayList<>();
        for (String dir : Utils.getConfiguredLocalDirs(conf)) {
            URI uri = Utils.resolveURI(dir);
            try {
                Path folder = Files.createDirectories(Path.of(uri.getPath()));
                Files.delete(Files.createTempDirectory(folder, "packtrain-"));
                return;
            } catch (IOException unwritable) {
                unusable.add("%s: %s".formatted(dir, reason(unwritable)));
            }
        }
        throw new BadInputException(
                "Spark can write to none of its local directories (%s); name one on a disk with room in spark.local.dir, or in SPARK_LOCAL_DIRS, which comes before it"
                        .formatted(String.join(", ", unusable)));
    }

    private static String reason(IOException unwritable) {
        if (unwritable instanceof FileAlreadyExistsException) {
            return "a file is in its place";
        }
        if (unwritable instanceof AccessDeniedException) {
            return "this user may not write there";
        }
        return unwritable instanceof FileSystemException told && told.getReason() != null
                ? told.getReason()
                : String.valueOf(unwritable.getMessage());
    }
}
