package dev.packtrain.jobs.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** Prepared data on this host's own disk: where it is already, or copied there for the time of the task. */
final class DatasetCopy implements AutoCloseable {
    private final java.nio.file.Path dir;
    private final boolean temporary;

    private DatasetCopy(java.nio.file.Path dir, boolean temporary) {
        this.dir = dir;
        this.temporary = temporary;
    }

    /**
     * Makes the data available.
     *
     * @param datasetDir a local path, or any path Hadoop reads
     * @param hadoopConf the driver's settings to read it with
     * @throws RankFailedException if it is not there
     */
    static DatasetCopy of(String datasetDir, Map<String, String> hadoopConf, BooleanSupplier cancelled) {
        Configuration conf = new Configuration();
        hadoopConf.forEach(conf::set);
        try {
            Path source = new Path(datasetDir);
            FileSystem files = source.getFileSystem(conf);
            if (files instanceof LocalFileSystem local) {
                return new DatasetCopy(local.pathToFile(source).toPath(), false);
            }
            java.nio.file.Path target = Files.createTempDirectory("packtrain-data-");
            DatasetCopy copy = new DatasetCopy(target, true);
            try {
                copyTree(files, source, target, cancelled);
                return copy;
            } catch (IOException | RuntimeException failed) {
                copy.close();
                throw failed;
            }
        } catch (IOException unreadable) {
            throw new RankFailedException(new RankFailure(
                    RankFailure.Kind.USER,
                    "cannot read the data set %s (%s); wanted what packtrain prepare wrote"
                            .formatted(datasetDir, unreadable.getMessage()),
                    List.of()));
        }
    }

    private static void copyTree(FileSystem files, Path from, java.nio.file.Path to, BooleanSupplier cancelled)
            throws IOException {
        Files.createDirectories(to);
        for (FileStatus status : files.listStatus(from)) {
            if (cancelled.getAsBoolean()) {
                throw new Supervisor.CancelledException();
            }
            java.nio.file.Path target = to.resolve(status.getPath().getName());
            if (status.isDirectory()) {
                copyTree(files, status.getPath(), target, cancelled);
            } else {
                try (var in = files.open(status.getPath())) {
                    Files.copy(in, target);
                }
            }
        }
    }

    /** The data on this host. */
    java.nio.file.Path dir() {
        return dir;
    }

    @Override
    public void close() {
        if (!temporary) {
            return;
        }
        try (Stream<java.nio.file.Path> tree = Files.walk(dir)) {
            for (java.nio.file.Path path :
                    tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException notRemoved) {
            throw new UncheckedIOException("cannot remove the temporary copy " + dir, notRemoved);
        }
    }
}
