package dev.packtrain.pipeline.commit;

import dev.packtrain.pipeline.source.FileSystems;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The few operations on files that committing rests on, for any file system that Hadoop knows. */
public final class OutputFiles {
    private final FileSystem fs;
    private final Configuration conf;

    /** For the file system of {@code path}. */
    OutputFiles(Path path, Configuration conf) throws IOException {
        this.fs = fileSystem(path, conf);
        this.conf = conf;
    }

    /** The file system of a path; the local one without the {@code .crc} files that Hadoop puts beside each file. */
    public static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
        FileSystem fs = FileSystems.of(path, conf);
        return fs instanceof LocalFileSystem local ? local.getRawFileSystem() : fs;
    }

    FileSystem fs() {
        return fs;
    }

    /** Writes a new file. */
    void write(Path path, byte[] content) throws IOException {
        try (FSDataOutputStream out = fs.create(path, true)) {
            out.write(content);
            // A manifest must not survive a power failure that what it was written into does not.
            out.hsync();
        }
    }

    /** Makes a directory, also if it is there already. */
    void makeDirectory(Path path) throws IOException {
        if (!fs.mkdirs(path)) {
            throw new IOException("directory %s could not be made".formatted(path));
        }
    }

    /**
     * Writes a file that must not be there yet.
     *
     * @return false if it is there
     */
    boolean writeExclusively(Path path, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        try {
            if (isLocal()) {
                // Hadoop's local file system looks first and creates then, so that two jobs could both succeed.
                Files.write(localPath(path), bytes, StandardOpenOption.CREATE_NEW);
                return true;
            }
            try (OutputStream out = fs.create(path, false)) {
                out.write(bytes);
            }
            return true;
        } catch (FileAlreadyExistsException | org.apache.hadoop.fs.FileAlreadyExistsException there) {
            return false;
        }
    }

    /** Replaces a file in one step: a reader sees the old content or the new one. */
    void replace(Path path, byte[] content) throws IOException {
        Path temporary = new Path(path.getParent(), "." + path.getName() + ".tmp");
        write(temporary, content);
        if (isLocal()) {
            Files.move(
                    localPath(temporary),
                    localPath(path),
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        } else {
            FileContext.getFileContext(path.toUri(), conf).rename(temporary, path, Options.Rename.OVERWRITE);
        }
    }

    /** Moves a file to a place where nothing is. */
    void move(Path from, Path to) throws IOException {
        if (!fs.rename(from, to)) {
            throw new IOException("%s could not be renamed to %s".formatted(from, to));
        }
    }

    String read(Path path) throws IOException {
        return new String(readBytes(path), StandardCharsets.UTF_8);
    }

    byte[] readBytes(Path path) throws IOException {
        try (var in = fs.open(path)) {
            return in.readAllBytes();
        }
    }

    private boolean isLocal() {
        // Not a subclass, which may have its own idea of what a file is.
        return fs.getClass() == RawLocalFileSystem.class;
    }

    private static java.nio.file.Path localPath(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }
}
