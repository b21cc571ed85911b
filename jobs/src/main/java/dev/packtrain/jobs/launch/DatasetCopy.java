package dev.packtrain.jobs.launch;

import dev.packtrain.jobs.exit.Scratch;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
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
     * Makes a version of the data available.
     *
     * @param datasetDir a local path without a scheme, wherever this host's Hadoop looks for such, or any URL Hadoop reads
     * @param version of it; what is appended to a data set meanwhile is not copied
     * @param hadoopConf the driver's settings to read it with
     * @throws RankFailedException if it is not there
     */
    static DatasetCopy of(String datasetDir, int version, Map<String, String> hadoopConf, BooleanSupplier cancelled) {
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
                new Source(files, source, cancelled).copy(version, copy.dir());
                return copy;
            } catch (IOException | RuntimeException failed) {
                copy.close();
                throw failed;
            }
        } catch (IOException | BadInputException unreadable) {
            throw new RankFailedException(new RankFailure(
                    RankFailure.Kind.USER,
                    "cannot read the data set %s (%s); wanted what packtrain prepare wrote"
                            .formatted(datasetDir, unreadable.getMessage()),
                    List.of()));
        }
    }

    /** Where the data is. What else is there may belong to a job that is at work, and vanish at any time. */
    private record Source(FileSystem files, Path root, BooleanSupplier cancelled) {
        void copy(int version, java.nio.file.Path to) throws IOException {
            copyFile(Manifest.FILE_NAME, to);
            Manifest current = Manifest.read(to.resolve(Manifest.FILE_NAME));
            String kept = Manifest.versionFile(version);
            if (files.exists(new Path(root, kept))) {
                copyFile(kept, to);
            }
            Manifest wanted = Manifest.read(to.resolve(current.fileOf(version, root)));
            for (Manifest.ShardEntry shard : wanted.shards()) {
                copyFile(shard.file(), to);
            }
            Path tokenizer = new Path(root, wanted.tokenizerDirectory());
            if (files.exists(tokenizer)) {
                for (FileStatus file : files.listStatus(tokenizer)) {
                    copyFile(wanted.tokenizerDirectory() + "/" + file.getPath().getName(), to);
                }
            }
        }

        private void copyFile(String name, java.nio.file.Path to) throws IOException {
            if (cancelled.getAsBoolean()) {
                throw new Supervisor.CancelledException();
            }
            java.nio.file.Path target = to.resolve(name);
            Files.createDirectories(target.getParent());
            try (var in = files.open(new Path(root, name))) {
                Files.copy(in, target);
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
