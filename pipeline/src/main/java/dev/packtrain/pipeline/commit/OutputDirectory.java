package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.ExampleKind;
import dev.packtrain.packing.LockOwner;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.OutputMode;
import dev.packtrain.pipeline.OutputOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a data set while a job works on it: locked, with a staging directory that only this job knows.
 * Closing it removes both, and, if nothing was committed, everything this job has made.
 */
public final class OutputDirectory implements AutoCloseable {
    private static final String STAGING_PREFIX = "_staging-";
    private static final Logger LOG = LoggerFactory.getLogger(OutputDirectory.class);

    private final Path root;
    private final Path staging;
    private final OutputFiles files;
    private final OutputOptions options;
    private final OutputLock lock;
    /** The current version when this job came; null if there was no data set. */
    private final Manifest before;

    private final boolean created;
    private boolean committed;

    private OutputDirectory(Path root, OutputFiles files, OutputOptions options, boolean created, String job)
            throws IOException {
        this.root = root;
        this.files = files;
        this.options = options;
        this.created = created;
        this.staging = new Path(root, STAGING_PREFIX + job);
        this.lock = OutputLock.acquire(files, root, LockOwner.me().toText());
        try {
            // Only now: what another job was still writing a moment ago may be a data set by now.
            this.before = check(files, root, options);
            removeRemains();
            files.makeDirectory(staging);
        } catch (IOException | RuntimeException failure) {
            try {
                lock.close();
            } catch (IOException another) {
                failure.addSuppressed(another);
            }
            throw failure;
        }
    }

    /**
     * Makes the directory if it is not there, and takes it for this job.
     *
     * @throws BadInputException if it cannot be written, holds something else, holds a data set that is not to be
     *     overwritten, or another job is at work in it
     */
    public static OutputDirectory open(OutputOptions options, Configuration conf) throws IOException {
        Path given = path(options);
        OutputFiles files = new OutputFiles(given, conf);
        Path root = files.fs().makeQualified(given);
        check(files, root, options);
        boolean created = makeDirectory(files.fs(), root, options);
        try {
            return new OutputDirectory(
                    root, files, options, created, UUID.randomUUID().toString().substring(0, 8));
        } catch (java.nio.file.AccessDeniedException | org.apache.hadoop.security.AccessControlException denied) {
            throw unwritable(options, denied);
        }
    }

    private static Path path(OutputOptions options) {
        try {
            return new Path(options.directory());
        } catch (IllegalArgumentException malformed) {
            throw unwritable(options, malformed);
        }
    }

    private static boolean makeDirectory(FileSystem fs, Path root, OutputOptions options) {
        try {
            boolean there = fs.exists(root);
            if (!there && !fs.mkdirs(root)) {
                throw new IOException("it cannot be made");
            }
            return !there;
        } catch (IOException failure) {
            throw unwritable(options, failure);
        }
    }

    private static BadInputException unwritable(OutputOptions options, Exception failure) {
        return new BadInputException(
                "output_dir \"%s\" cannot be written (%s); give a directory in which this user may create files"
                        .formatted(options.directory(), failure.getMessage()),
                failure);
    }

    /** Refuses a directory that is not to be written; returns the manifest of the data set that is to be replaced. */
    private static Manifest check(OutputFiles files, Path root, OutputOptions options) throws IOException {
        FileSystem fs = files.fs();
        if (!exists(fs, root, options)) {
            return null;
        }
        if (fs.getFileStatus(root).isFile()) {
            throw new BadInputException("output_dir \"%s\" is a file; give a directory".formatted(options.directory()));
        }
        Manifest current = current(files, root);
        if (current != null) {
            if (options.mode() == OutputMode.NEW) {
                throw new BadInputException(
                        "output_dir \"%s\" holds a data set already; give another directory, --overwrite_output_dir true to replace it, or --append true to add to it"
                                .formatted(options.directory()));
            }
            return current;
        }
        FileStatus[] entries = fs.listStatus(root);
        boolean ours = Arrays.stream(entries).anyMatch(OutputDirectory::isRemains);
        if (entries.length > 0 && !ours) {
            throw new BadInputException(
                    "output_dir \"%s\" is not empty and holds no data set (there is \"%s\"); give a new or an empty directory"
                            .formatted(options.directory(), entries[0].getPath().getName()));
        }
        return null;
    }

    private static boolean exists(FileSystem fs, Path root, OutputOptions options) {
        try {
            return fs.exists(root);
        } catch (IOException failure) {
            throw unwritable(options, failure);
        }
    }

    private static boolean isRemains(FileStatus entry) {
        String name = entry.getPath().getName();
        return name.startsWith(STAGING_PREFIX) || name.startsWith(OutputLock.FILE_NAME);
    }

    /** The current version's manifest, or null if there is no data set. */
    private static Manifest current(OutputFiles files, Path root) throws IOException {
        Path manifest = new Path(root, Manifest.FILE_NAME);
        return files.fs().exists(manifest) ? Manifest.fromJson(files.read(manifest), manifest.toString()) : null;
    }

    /** What a job left that was killed. Its staging goes last: it tells that the rest is a job's, and may be removed. */
    private void removeRemains() throws IOException {
        Leftovers.remove(files.fs(), root, before);
        Leftovers.removeTemporary(files.fs(), root);
        for (FileStatus entry : files.fs().listStatus(root)) {
            if (entry.getPath().getName().startsWith(STAGING_PREFIX)) {
                files.fs().delete(entry.getPath(), true);
            }
        }
    }

    /** Where tasks write their files. */
    public String staging() {
        return staging.toString();
    }

    /** What the manifest is to call the shards, in the order of their packs. */
    public String shardName(int number) {
        return layout().shard(number);
    }

    /** The number of the first new row: rows of a data set are numbered on when some are appended. */
    public long firstRow() {
        return base() == null ? 0 : before.counts().rowsRead();
    }

    /** The number of the first new pack: packs of a data set are numbered on when some are appended. */
    public long firstPack() {
        return base() == null ? 0 : before.counts().packs();
    }

    /**
     * Refuses new rows that do not go with those that are there. Asked before a row is read; without a data set to append
     * to, everything goes.
     *
     * @param shape of the new rows
     * @param inputs where they come from, as for {@link Manifest#inputs()}
     * @throws BadInputException if the shape is another, or a file is in the data set already
     */
    public void requireAppendable(DataSetShape shape, List<String> inputs) {
        if (base() == null) {
            return;
        }
        AppendedManifest.requireAlike(before, shape, options.directory());
        // A run that is repeated, because nobody noticed that it had succeeded, must not add its rows twice.
        for (String input : inputs) {
            if (input.contains(Path.SEPARATOR) && before.inputs().contains(input)) {
                throw new BadInputException(
                        "%s is in the data set at output_dir \"%s\" already (version %d); append files that are not"
                                .formatted(input, options.directory(), before.datasetVersion()));
            }
        }
    }

    /**
     * Refuses new rows of another kind than those that are there. Asked as soon as the format of the rows is known.
     *
     * @throws BadInputException if the kind is another
     */
    public void requireAppendable(ExampleKind kind) {
        if (base() != null) {
            AppendedManifest.requireAlike(before, kind, options.directory());
        }
    }

    /**
     * Makes staged files a version of the data set.
     *
     * <p>Only the files that are named are moved, each from the attempt that won, so that retries and speculation leave
     * nothing behind. All files of the new version have names of their own. The manifest is replaced last, in one step:
     * until then there is no data set, or the old version; from then on the new one. Then the copies in the data set's
     * directory are refreshed, and what was replaced is removed; if that fails, the new version stands, and the next
     * job here does it.
     *
     * @param moved is told how many files are in their places
     * @return the new version's manifest
     */
    public Manifest commit(DataSetContent content, IntConsumer moved) throws IOException {
        lock.requireHeld();
        if (base() != null) {
            AppendedManifest.requireAlike(before, DataSetShape.of(content.manifest()), options.directory());
            requireAppendable(content.manifest().exampleKind());
        }
        VersionCommit version = new VersionCommit(files, root, layout(), base());
        String manifest = version.write(staging, content, moved);
        lock.requireHeld();
        version.makeCurrent(manifest);
        committed = true;
        Manifest current = Manifest.fromJson(manifest, Manifest.FILE_NAME);
        try {
            version.copyToRoot(content);
            Leftovers.remove(files.fs(), root, current);
        } catch (IOException failure) {
            LOG.warn(
                    "Version {} of {} is whole, but older files beside it could not be replaced or removed",
                    current.datasetVersion(),
                    root,
                    failure);
        }
        return current;
    }

    private DataSetLayout layout() {
        return new DataSetLayout(before == null ? 1 : before.datasetVersion() + 1);
    }

    /** The version that is appended to; null for one that begins anew. */
    private Manifest base() {
        return options.mode() == OutputMode.APPEND ? before : null;
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            if (!committed) {
                // Not what this job remembers, but what is there: the last write may have failed after it was done.
                Leftovers.remove(files.fs(), root, current(files, root));
            }
            Leftovers.removeTemporary(files.fs(), root);
            files.fs().delete(staging, true);
        } catch (IOException failure) {
            if (!committed) {
                throw failure;
            }
            LOG.warn("{} is whole, but its staging directory or lock could not be removed", root, failure);
        }
        if (!committed && created && files.fs().listStatus(root).length == 0) {
            files.fs().delete(root, false);
        }
    }
}
