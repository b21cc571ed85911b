package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files of an input as they were before their rows were counted. Tasks find their rows by their place in a file: in another
 * one of as many rows they would find rows too, and nobody would see that half of a data set is of the one and half of the other.
 */
public final class InputState {
    private final List<FileStatus> files;
    private final Configuration conf;

    private InputState(List<FileStatus> files, Configuration conf) {
        this.files = files;
        this.conf = conf;
    }

    /**
     * Looks at the files now; tables and data frames have none.
     *
     * @throws BadInputException if one of them is not there
     */
    public static InputState of(SourceOptions options, Configuration conf) throws IOException {
        return new InputState(InputFiles.all(options, conf), conf);
    }

    /**
     * Looks again, once all rows are read. A file that has grown is the same one with rows behind those that were counted, and one
     * that is gone was read before.
     *
     * @param failure of the tasks; null if they ended well
     * @throws BadInputException if a file is another one, or was written to
     */
    public void requireUnchanged(Exception failure) throws IOException {
        Map<Path, FileStatus> now = new HashMap<>();
        Map<Path, List<FileStatus>> byFolder = files.stream()
                .collect(Collectors.groupingBy(file -> file.getPath().getParent()));
        for (Map.Entry<Path, List<FileStatus>> each : byFolder.entrySet()) {
            for (FileStatus file : lookAgain(each.getKey(), each.getValue())) {
                now.put(file.getPath(), file);
            }
        }
        for (FileStatus before : files) {
            FileStatus after = now.get(before.getPath());
            if (after != null && !isSame(before, after)) {
                throw new BadInputException(
                        "%s was changed or replaced while it was read; run it again when nothing changes the files"
                                .formatted(InputFiles.display(before.getPath())),
                        failure);
            }
        }
    }

    /** A folder of several files was listed before: a file system far away takes its time for every question. */
    private FileStatus[] lookAgain(Path folder, List<FileStatus> before) throws IOException {
        FileSystem fs = FileSystems.of(folder, conf);
        Path one = before.get(0).getPath();
        if (!fs.exists(before.size() == 1 ? one : folder)) {
            return new FileStatus[0];
        }
        return before.size() == 1 ? new FileStatus[] {fs.getFileStatus(one)} : InputFiles.list(fs, folder);
    }

    private static boolean isSame(FileStatus before, FileStatus after) {
        boolean grown = after.getLen() > before.getLen();
        boolean untouched =
                after.getLen() == before.getLen() && after.getModificationTime() == before.getModificationTime();
        return grown || untouched;
    }
}
