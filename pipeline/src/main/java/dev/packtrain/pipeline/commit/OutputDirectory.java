package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.LockOwner;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The directory of a data set while a job works on it: locked, with a staging directory that only this job knows.
 * Closing it removes both, and, if nothing was committed, everything this job has made.
 */
public final class OutputDirectory implements AutoCloseable {
    private static final String STAGING_PREFIX = "_staging-";

    private final Path root;
    private final Path staging;
    private final OutputFiles files;
    private final OutputLock lock;
    private final Manifest replaced;
    private final boolean created;
    private boolean committed;

    private OutputDirectory(Path root, OutputFiles files, OutputOptions options, boolean created, String job)
            throws IOException {
        this.root = root;
        this.files = files;
        this.created = created;
        this.staging = new Path(root, STAGING_PREFIX + job);
        this.lock = OutputLock.acquire(files, root, LockOwner.me().toText());
        try {
            // Only now: what another job was still writing a moment ago may be a data set by now.
            this.replaced = check(files, root, options);
            removeRemains();
            files.fs().mkdirs(staging);
        } catch (IOException | RuntimeException failure) {
            lock.close();
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
        Path manifest = new Path(root, Manifest.FILE_NAME);
        if (fs.exists(manifest)) {
            if (!options.overwrite()) {
                throw new BadInputException(
                        "output_dir \"%s\" holds a data set already; give another directory, or --overwrite_output_dir true to replace it"
                                .formatted(options.directory()));
            }
            return Manifest.fromJson(files.read(manifest), manifest.toString());
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

    /** What a job left that was killed: its staging, and files it was moving into place. */
    private void removeRemains() throws IOException {
        for (FileStatus entry : files.fs().listStatus(root)) {
            if (entry.getPath().getName().startsWith(STAGING_PREFIX)) {
                files.fs().delete(entry.getPath(), true);
            }
        }
        if (replaced == null) {
            DataSetLayout.removeAll(files.fs(), root);
        } else {
            DataSetLayout.of(root, replaced).removeOthers(files.fs());
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

    /**
     * Makes staged files the data set.
     *
     * <p>Only the files that are named are moved, each from the attempt that won, so that retries and speculation leave
     * nothing behind. The manifest is written last, in one step: until then there is no data set, or the one that is to
     * be replaced, whose shards are removed after that. Its report, recipe and tokenizer give way a moment before.
     *
     * @param moved is told how many files are in their places
     */
    public void commit(DataSetContent content, IntConsumer moved) throws IOException {
        lock.requireHeld();
        DataSetLayout layout = layout();
        int numMoved = 0;
        try {
            files.fs().mkdirs(new Path(root, DataSetLayout.SHARDS));
            files.fs().mkdirs(new Path(root, DataSetLayout.REJECTED));
            for (int i = 0; i < content.stagedShards().size(); i++) {
                move(content.stagedShards().get(i), layout.shard(i));
                moved.accept(++numMoved);
            }
            for (int i = 0; i < content.stagedRejected().size(); i++) {
                move(content.stagedRejected().get(i), layout.rejected(i));
                moved.accept(++numMoved);
            }
            writeBeside(content);
            lock.requireHeld();
            replace(Manifest.FILE_NAME, content.manifest().toJson());
            committed = true;
        } finally {
            DataSetLayout valid = committed || replaced == null ? layout : DataSetLayout.of(root, replaced);
            valid.removeOthers(files.fs());
        }
    }

    private void move(String staged, String name) throws IOException {
        files.move(new Path(staging, staged), new Path(root, name));
    }

    private void writeBeside(DataSetContent content) throws IOException {
        replace(PrepareReport.FILE_NAME, content.report().toJson());
        replace(DataSetLayout.RECIPE, content.recipe());
        Path tokenizer = new Path(root, DataSetLayout.TOKENIZER);
        files.fs().delete(tokenizer, true);
        files.fs().mkdirs(tokenizer);
        for (Map.Entry<String, byte[]> file : content.tokenizer().byName().entrySet()) {
            files.write(new Path(tokenizer, file.getKey()), file.getValue());
        }
    }

    private void replace(String name, String content) throws IOException {
        files.replace(new Path(root, name), content.getBytes(StandardCharsets.UTF_8));
    }

    private DataSetLayout layout() {
        return DataSetLayout.after(root, replaced);
    }

    @Override
    public void close() throws IOException {
        FileSystem fs = files.fs();
        try {
            fs.delete(staging, true);
            if (!committed && replaced == null) {
                DataSetLayout.removeAll(fs, root);
            }
        } finally {
            lock.close();
        }
        if (!committed && created && fs.listStatus(root).length == 0) {
            fs.delete(root, false);
        }
    }
}
