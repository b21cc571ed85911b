package dev.packtrain.jobs.launch;

import dev.packtrain.jobs.exit.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Prepared data on this host's own disk: where it is already, or copied there for the time of the task. */
final class DatasetCopy implements AutoCloseable {
    private static final String PREFIX = "packtrain-data-";

    private final Scratch folder;

    private DatasetCopy(Scratch folder) {
        this.folder = folder;
    }

    /**
     * Makes the data available.
     *
     * @param datasetDir a local path without a scheme, wherever this host's Hadoop looks for such, or any URL Hadoop reads
     * @param hadoopConf the driver's settings to read it with
     * @throws RankFailedException if it is not there
     */
    static DatasetCopy of(String datasetDir, Map<String, String> hadoopConf, BooleanSupplier cancelled) {
        Configuration conf = new Configuration();
        hadoopConf.forEach(conf::set);
        try {
            Path source = new Path(datasetDir);
            if (source.toUri().getScheme() == null) {
                return new DatasetCopy(Scratch.at(java.nio.file.Path.of(datasetDir)));
            }
            FileSystem files = source.getFileSystem(conf);
            DatasetCopy copy = new DatasetCopy(Scratch.temporary(PREFIX));
            try {
                copyTree(files, source, copy.dir(), cancelled);
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
        return folder.path();
    }

    @Override
    public void close() {
        try {
            folder.close();
        } catch (IOException notRemoved) {
            throw new UncheckedIOException("cannot remove the temporary copy " + dir(), notRemoved);
        }
    }
}
