package dev.packtrain.jobs;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.source.FileSystems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;

/** Prepared data, on the local file system or on one that Hadoop reaches. */
final class DataLocation {
    private final String path;
    private final org.apache.hadoop.fs.Path root;
    private final FileSystem files;

    private DataLocation(String path, org.apache.hadoop.fs.Path root, FileSystem files) {
        this.path = path;
        this.root = root;
        this.files = files;
    }

    /**
     * Of a path.
     *
     * @param key the recipe key that gave it
     * @throws BadInputException if it is no path, this Spark cannot reach it, or it is a file
     */
    static DataLocation of(String key, String path, Configuration conf) throws IOException {
        org.apache.hadoop.fs.Path root = parsed(key, path);
        FileSystem files = FileSystems.of(root, conf);
        if (files.exists(root) && files.getFileStatus(root).isFile()) {
            throw new BadInputException(
                    "%s is \"%s\", a file, and no prepared data; run packtrain prepare on it first, and give its --output_dir"
                            .formatted(key, path));
        }
        // A rank has another working directory.
        String absolute = files instanceof LocalFileSystem local
                ? local.pathToFile(root).toPath().toAbsolutePath().normalize().toString()
                : files.makeQualified(root).toString();
        return new DataLocation(absolute, new org.apache.hadoop.fs.Path(absolute), files);
    }

    /**
     * A directory that every rank can write to as a plain path.
     *
     * @throws BadInputException if it is no path, or on a file system that only Hadoop reaches
     */
    static Path localOutput(String path) {
        org.apache.hadoop.fs.Path given = parsed("output_dir", path);
        String scheme = given.toUri().getScheme();
        if (scheme != null && !scheme.equals("file")) {
            throw new BadInputException(
                    ("output_dir %s is on %s, which train does not support yet; give a path on a file"
                                    + " system that every executor mounts")
                            .formatted(path, scheme));
        }
        return Path.of(scheme == null ? path : given.toUri().getPath())
                .toAbsolutePath()
                .normalize();
    }

    private static org.apache.hadoop.fs.Path parsed(String key, String path) {
        try {
            return new org.apache.hadoop.fs.Path(path);
        } catch (IllegalArgumentException malformed) {
            throw new BadInputException(
                    "%s is \"%s\", which is no path (%s); give a directory, and ./ before a name with a colon"
                            .formatted(key, path, malformed.getMessage()),
                    malformed);
        }
    }

    String path() {
        return path;
    }

    /** Whether prepared data is there. */
    boolean isPrepared() throws IOException {
        return files.exists(new org.apache.hadoop.fs.Path(root, Manifest.FILE_NAME));
    }

    /** The manifest of the current version. */
    Manifest manifest() throws IOException {
        return manifest(Manifest.FILE_NAME);
    }

    /**
     * The manifest of a version.
     *
     * @throws BadInputException if there is no such version
     */
    Manifest manifest(int version) throws IOException {
        Manifest current = manifest();
        String file = current.fileOf(version, path);
        return file.equals(Manifest.FILE_NAME) ? current : manifest(file);
    }

    private Manifest manifest(String name) throws IOException {
        if (files instanceof LocalFileSystem) {
            return Manifest.read(Path.of(path, name));
        }
        org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(root, name);
        if (!files.exists(file)) {
            throw new BadInputException(
                    "%s is not a prepared data set: it has no %s; run packtrain prepare with it as --output_dir"
                            .formatted(path, name));
        }
        try (var in = files.open(file)) {
            return Manifest.fromJson(new String(in.readAllBytes(), StandardCharsets.UTF_8), file.toString());
        }
    }

    /** Hadoop's settings, if an executor needs them to copy the data. */
    Map<String, String> hadoopEntries() {
        Map<String, String> entries = new HashMap<>();
        if (!(files instanceof LocalFileSystem)) {
            files.getConf().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        }
        return entries;
    }
}
