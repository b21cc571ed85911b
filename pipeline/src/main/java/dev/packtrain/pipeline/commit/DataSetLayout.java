package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The names of a data set's files. A data set that replaces another one marks its files with the suffix that the other
 * does not use, so that both are whole until the manifest is replaced.
 *
 * @param root directory of the data set
 * @param suffix of the names of shards and of files of rejected rows: empty or {@code -1}
 */
record DataSetLayout(Path root, String suffix) {
    static final String SHARDS = "shards";
    static final String REJECTED = "rejected";
    static final String TOKENIZER = "tokenizer";
    static final String RECIPE = "recipe.json";

    private static final String OTHER_SUFFIX = "-1";

    /** The layout of a data set that is there. */
    static DataSetLayout of(Path root, Manifest manifest) {
        boolean other =
                manifest.shards().stream().anyMatch(shard -> shard.file().endsWith(OTHER_SUFFIX + ".arrow"));
        return new DataSetLayout(root, other ? OTHER_SUFFIX : "");
    }

    /** The layout of a data set that takes the place of {@code replaced}, which may be null. */
    static DataSetLayout after(Path root, Manifest replaced) {
        boolean free = replaced == null || !of(root, replaced).suffix().isEmpty();
        return new DataSetLayout(root, free ? "" : OTHER_SUFFIX);
    }

    /** Name of a shard, relative to the root. */
    String shard(int number) {
        return SHARDS + "/shard-%05d%s.arrow".formatted(number, suffix);
    }

    /** Name of a file of rejected rows, relative to the root. */
    String rejected(int number) {
        return REJECTED + "/rejected-%05d%s.jsonl".formatted(number, suffix);
    }

    /** Removes shards and files of rejected rows that are not of this layout. */
    void removeOthers(FileSystem fs) throws IOException {
        Pattern own = Pattern.compile("(shard|rejected)-\\d{5,}" + suffix + "\\.(arrow|jsonl)");
        for (String folder : List.of(SHARDS, REJECTED)) {
            Path path = new Path(root, folder);
            if (!fs.exists(path)) {
                continue;
            }
            for (FileStatus file : fs.listStatus(path)) {
                if (!own.matcher(file.getPath().getName()).matches()) {
                    fs.delete(file.getPath(), false);
                }
            }
        }
    }

    /** Removes everything that a data set is made of. The manifest first: without it the rest is none. */
    static void removeAll(FileSystem fs, Path root) throws IOException {
        for (String name : List.of(Manifest.FILE_NAME, SHARDS, REJECTED, TOKENIZER, PrepareReport.FILE_NAME, RECIPE)) {
            fs.delete(new Path(root, name), true);
        }
    }
}
