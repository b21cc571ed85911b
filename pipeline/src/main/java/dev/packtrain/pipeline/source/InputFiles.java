package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;

/**
 * The files that a {@code dataset_name_or_path} stands for, always in sorted order, because rows are numbered in it.
 *
 * <p>A file is itself. Of a directory it is {@code train.json} (or {@code .jsonl}), else {@code train/*.json}, else all
 * its {@code *.json}; files for evaluation are not training data. Anything else is a glob. Names may carry the suffix of
 * a compression that Hadoop knows ({@code .gz}, {@code .bz2}, {@code .zst}).
 */
public final class InputFiles {
    private static final Pattern JSON_LINES = Pattern.compile("[^._].*\\.jsonl?(\\.(gz|bz2|zst|deflate|lz4|snappy))?");
    private static final Pattern TRAIN = Pattern.compile("train\\.jsonl?(\\.(gz|bz2|zst|deflate|lz4|snappy))?");
    private static final Set<String> NOT_FOR_TRAINING = Set.of("dev", "test", "valid", "validation", "eval");
    private static final String KEY = "dataset_name_or_path";

    private InputFiles() {}

    /**
     * Finds the files.
     *
     * @return at least one file, sorted by path
     * @throws BadInputException if there is none
     */
    public static List<FileStatus> find(String path, Configuration conf) throws IOException {
        Path root = toPath(path);
        FileSystem fs = root.getFileSystem(conf);
        if (fs.exists(root)) {
            FileStatus status = fs.getFileStatus(root);
            return status.isFile() ? List.of(status) : inDirectory(fs, root, path);
        }
        FileStatus[] matches = fs.globStatus(root);
        List<FileStatus> files = matches == null ? List.of() : select(matches, status -> true);
        if (files.isEmpty()) {
            throw new BadInputException(
                    "%s is \"%s\", but nothing is there; give a file, a directory or a glob of JSON lines that exists"
                            .formatted(KEY, path));
        }
        return files;
    }

    private static Path toPath(String path) {
        try {
            return new Path(path);
        } catch (IllegalArgumentException malformed) {
            throw new BadInputException(
                    "%s is \"%s\", which is no path (%s); give a file, a directory or a glob of JSON lines"
                            .formatted(KEY, path, malformed.getMessage()),
                    malformed);
        }
    }

    private static List<FileStatus> inDirectory(FileSystem fs, Path root, String path) throws IOException {
        if (fs.exists(new Path(root, Manifest.FILE_NAME)) && fs.exists(new Path(root, "shards"))) {
            throw new BadInputException(
                    "%s is \"%s\", which is a data set that is prepared already; train on it, or give the rows that it was made from"
                            .formatted(KEY, path));
        }
        FileStatus[] entries = list(fs, root);
        List<FileStatus> train =
                select(entries, status -> TRAIN.matcher(name(status)).matches());
        if (!train.isEmpty()) {
            return train;
        }
        Path trainFolder = new Path(root, "train");
        if (fs.exists(trainFolder) && fs.getFileStatus(trainFolder).isDirectory()) {
            List<FileStatus> inTrain = select(
                    list(fs, trainFolder),
                    status -> JSON_LINES.matcher(name(status)).matches());
            if (!inTrain.isEmpty()) {
                return inTrain;
            }
        }
        List<FileStatus> all = select(entries, InputFiles::isTrainingData);
        if (all.isEmpty()) {
            throw new BadInputException(
                    "%s is the directory \"%s\", which has neither train.json, nor train/*.json, nor another *.json or *.jsonl for training (files named dev, test, valid or eval are not); give the file itself"
                            .formatted(KEY, path));
        }
        return all;
    }

    private static boolean isTrainingData(FileStatus status) {
        String name = name(status);
        String stem = name.substring(0, Math.max(0, name.indexOf('.')));
        return JSON_LINES.matcher(name).matches() && !NOT_FOR_TRAINING.contains(stem);
    }

    private static FileStatus[] list(FileSystem fs, Path folder) throws IOException {
        PathFilter everything = path -> true;
        return fs.listStatus(folder, everything);
    }

    private static List<FileStatus> select(FileStatus[] entries, Predicate<FileStatus> wanted) {
        return Arrays.stream(entries)
                .filter(FileStatus::isFile)
                .filter(wanted)
                .sorted(Comparator.comparing(status -> status.getPath().toString()))
                .toList();
    }

    private static String name(FileStatus status) {
        return status.getPath().getName();
    }

    /** A path as its user would write it: without the scheme if it is local. */
    public static String display(Path path) {
        boolean local = "file".equals(path.toUri().getScheme()) && path.toUri().getAuthority() == null;
        return local ? path.toUri().getPath() : path.toString();
    }
}
