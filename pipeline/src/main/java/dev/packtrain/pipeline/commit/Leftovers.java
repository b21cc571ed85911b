package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What no version of a data set refers to: of runs that were killed or failed, and of versions that were replaced. */
final class Leftovers {
    private static final Pattern VERSION = Pattern.compile("(?:rejected-)?(\\d{5,})(?:-\\d{5,}\\.jsonl)?");
    private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.tmp");

    private Leftovers() {}

    /**
     * Removes what neither the current version refers to nor one that it was appended to.
     *
     * @param current its manifest, which lists the shards of them all; null if there is no data set
     */
    static void remove(FileSystem fs, Path root, Manifest current) throws IOException {
        if (current == null) {
            removeAll(fs, root);
            return;
        }
        Set<String> shards =
                current.shards().stream().map(Manifest.ShardEntry::file).collect(Collectors.toSet());
        removeFrom(
                fs, new Path(root, DataSetLayout.SHARDS), name -> shards.contains(DataSetLayout.SHARDS + "/" + name));
        for (String folder : List.of(DataSetLayout.REJECTED, DataSetLayout.VERSIONS)) {
            removeFrom(fs, new Path(root, folder), name -> isOf(name, current));
        }
    }

    /** Files that were to take the place of others. */
    static void removeTemporary(FileSystem fs, Path root) throws IOException {
        removeFrom(fs, root, name -> !TEMPORARY.matcher(name).matches());
    }

    private static boolean isOf(String name, Manifest current) {
        Matcher version = VERSION.matcher(name);
        if (!version.matches()) {
            return false;
        }
        int number = Integer.parseInt(version.group(1));
        return number >= current.firstVersion() && number <= current.datasetVersion();
    }

    private static void removeFrom(FileSystem fs, Path folder, Predicate<String> stays) throws IOException {
        FileStatus[] entries;
        try {
            entries = fs.listStatus(folder);
        } catch (FileNotFoundException none) {
            return;
        }
        for (FileStatus entry : entries) {
            if (!stays.test(entry.getPath().getName())) {
                fs.delete(entry.getPath(), true);
            }
        }
    }

    /** What a run without a manifest made. */
    private static void removeAll(FileSystem fs, Path root) throws IOException {
        for (String folder : List.of(DataSetLayout.SHARDS, DataSetLayout.REJECTED, DataSetLayout.VERSIONS)) {
            fs.delete(new Path(root, folder), true);
        }
    }
}
