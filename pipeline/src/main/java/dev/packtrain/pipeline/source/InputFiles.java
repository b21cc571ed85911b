package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.SourceOptions;
import java.io.File;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.security.AccessControlException;

/**
 * The files that a {@code dataset_name_or_path} stands for, always in sorted order, because rows are numbered in it.
 *
 * <p>A file is itself. Of a directory it is {@code train.json} (or {@code train} with another suffix that {@link
 * FileKind} knows, or a folder of that name as Spark writes it), else what is in {@code train/}, else all its files with
 * such suffixes; files for evaluation are not training data. Anything else is a glob of files that are not hidden. All
 * files are of one kind.
 */
public final class InputFiles {
    private static final Pattern HIDDEN = Pattern.compile("[._].*");
    private static final Pattern TRAIN = Pattern.compile("train\\..*");
    private static final Pattern NOT_FOR_TRAINING =
            Pattern.compile("(dev|test|valid|validation|eval)([-_]\\d.*)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern ABOUT_THE_DATA =
            Pattern.compile("(readme|license|licence|notice|changelog|citation).*", Pattern.CASE_INSENSITIVE);
    private static final String WANTED =
            "a file, a directory or a glob of JSON lines, text, CSV, Parquet or ORC, or table:NAME";

    private InputFiles() {}

    /**
     * Finds the files.
     *
     * @return at least one file, sorted by path
     * @throws BadInputException if there is none, or it cannot be reached
     */
    public static List<FileStatus> find(String path, Configuration conf) throws IOException {
        Path root = toPath(path);
        try {
            return in(FileSystems.of(root, conf), root, path);
        } catch (SocketException | UnknownHostException | AccessControlException | AccessDeniedException refused) {
            throw FileSystems.unreachable(root, refused);
        }
    }

    private static List<FileStatus> in(FileSystem fs, Path root, String path) throws IOException {
        if (fs.exists(root)) {
            FileStatus status = fs.getFileStatus(root);
            return status.isFile() ? List.of(status) : inDirectory(fs, root, path);
        }
        FileStatus[] matches = fs.globStatus(root);
        List<FileStatus> files = matches == null ? List.of() : select(matches, status -> isAsked(root, status));
        if (files.isEmpty()) {
            String hint =
                    path.contains(",") ? ", or, to mix data sets with commas between them, dataset_weights too" : "";
            throw new BadInputException(
                    "\"%s\": nothing is there; give %s that exists%s".formatted(path, WANTED, hint));
        }
        return files;
    }

    /**
     * What manifest and messages will call the places that rows come from, known before a row is read: {@link
     * RowInput#fileNames()}.
     *
     * @throws BadInputException if one of them is not there
     */
    public static List<String> names(SourceOptions options, Configuration conf) throws IOException {
        List<String> names = new ArrayList<>();
        for (String path : options.paths()) {
            if (isOfFiles(path)) {
                find(path, conf).forEach(file -> names.add(display(file.getPath())));
            } else {
                names.add(path);
            }
        }
        return names;
    }

    /** All files of an input that is of files. */
    static List<FileStatus> all(SourceOptions options, Configuration conf) throws IOException {
        List<FileStatus> files = new ArrayList<>();
        for (String path : options.paths()) {
            if (isOfFiles(path)) {
                files.addAll(find(path, conf));
            }
        }
        return files;
    }

    private static boolean isOfFiles(String path) {
        return !path.startsWith(FileKind.TABLE_PREFIX) && !path.startsWith(FileKind.DATA_FRAME);
    }

    private static Path toPath(String path) {
        try {
            return new Path(path);
        } catch (IllegalArgumentException malformed) {
            // Hadoop takes what stands before a colon for the name of a file system.
            File local = new File(path);
            if (local.exists()) {
                return new Path(local.toURI());
            }
            throw new BadInputException(
                    "\"%s\" is no path (%s); give %s".formatted(path, malformed.getMessage(), WANTED), malformed);
        }
    }

    private static List<FileStatus> inDirectory(FileSystem fs, Path root, String path) throws IOException {
        if (fs.exists(new Path(root, Manifest.FILE_NAME)) && fs.exists(new Path(root, "shards"))) {
            throw new BadInputException(
                    "\"%s\" is a data set that is prepared already; train on it, or give the rows that it was made from"
                            .formatted(path));
        }
        FileStatus[] entries = list(fs, root);
        List<FileStatus> train = new ArrayList<>();
        for (FileStatus entry : entries) {
            if (isData(entry.getPath()) && TRAIN.matcher(name(entry)).matches()) {
                train.addAll(
                        entry.isFile()
                                ? List.of(entry)
                                : select(list(fs, entry.getPath()), status -> isData(status.getPath())));
            }
        }
        if (!train.isEmpty()) {
            return sorted(train);
        }
        Path trainFolder = new Path(root, "train");
        if (fs.exists(trainFolder) && fs.getFileStatus(trainFolder).isDirectory()) {
            List<FileStatus> inTrain = select(list(fs, trainFolder), status -> isData(status.getPath()));
            if (!inTrain.isEmpty()) {
                return inTrain;
            }
        }
        List<FileStatus> all = select(entries, InputFiles::isTrainingData);
        if (all.isEmpty()) {
            throw new BadInputException(
                    "the directory \"%s\" has neither train.json, nor train/*.json, nor another *.json, *.jsonl, *.txt, *.csv, *.parquet or *.orc for training (files named dev, test, valid or eval are not); give the file itself"
                            .formatted(path));
        }
        return all;
    }

    /**
     * The kind that all files have.
     *
     * @param path where they were found, for messages
     * @throws BadInputException if there are several kinds
     */
    static FileKind kind(List<FileStatus> files, String path) {
        FileStatus first = files.get(0);
        FileKind kind = FileKind.of(name(first));
        for (FileStatus file : files) {
            if (FileKind.of(name(file)) != kind) {
                throw new BadInputException(
                        "\"%s\" has files of several kinds, such as %s and %s; give a glob of one kind"
                                .formatted(path, name(first), name(file)));
            }
        }
        return kind;
    }

    /** As in a shell: what is hidden is matched only by a pattern that starts as it does. */
    private static boolean isAsked(Path glob, FileStatus match) {
        return HIDDEN.matcher(glob.getName()).matches()
                || !HIDDEN.matcher(name(match)).matches();
    }

    /** Whether the suffix says that a file, or the folder that Spark made of it, holds rows. */
    private static boolean isData(Path path) {
        String name = path.getName();
        return FileKind.of(name) != FileKind.UNKNOWN
                && !HIDDEN.matcher(name).matches()
                && !(FileKind.of(name) == FileKind.TEXT
                        && ABOUT_THE_DATA.matcher(name).matches());
    }

    private static boolean isTrainingData(FileStatus status) {
        String name = name(status);
        String stem = name.substring(0, Math.max(0, name.indexOf('.')));
        return isData(status.getPath()) && !NOT_FOR_TRAINING.matcher(stem).matches();
    }

    static FileStatus[] list(FileSystem fs, Path folder) throws IOException {
        PathFilter everything = path -> true;
        return fs.listStatus(folder, everything);
    }

    private static List<FileStatus> select(FileStatus[] entries, Predicate<FileStatus> wanted) {
        return sorted(
                Arrays.stream(entries).filter(FileStatus::isFile).filter(wanted).toList());
    }

    private static List<FileStatus> sorted(List<FileStatus> files) {
        return files.stream()
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
