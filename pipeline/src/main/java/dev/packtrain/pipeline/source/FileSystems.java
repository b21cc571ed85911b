package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** File systems of paths that a user gave. */
public final class FileSystems {
    /** Hadoop reads these, but neither knows how long a file is nor lists a folder. */
    private static final Set<String> WEB = Set.of("http", "https");

    private FileSystems() {}

    /**
     * The file system of a path.
     *
     * @throws BadInputException if this Spark has none for it, or cannot reach it
     */
    public static FileSystem of(Path path, Configuration conf) {
        String scheme = path.toUri().getScheme();
        if (scheme != null && WEB.contains(scheme)) {
            throw new BadInputException(
                    "\"%s\" is on the web; download it first, and give the path of the file".formatted(path));
        }
        try {
            return path.getFileSystem(conf);
        } catch (IOException | RuntimeException failure) {
            throw unreachable(path, failure);
        }
    }

    /** What is said of a path whose file system does not answer, or does not let this user in. */
    static BadInputException unreachable(Path path, Throwable failure) {
        return new BadInputException(
                "\"%s\" cannot be reached by this Spark (%s); give a path that it can read, or put what it needs for %s: on its class path, such as hadoop-aws for s3a:"
                        .formatted(path, reason(failure), path.toUri().getScheme()),
                failure);
    }

    private static String reason(Throwable failure) {
        return failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage().lines().findFirst().orElse("");
    }
}
