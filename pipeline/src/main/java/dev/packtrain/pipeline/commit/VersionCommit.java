package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Makes a version of staged files. Everything it writes has a name of the new version; the last write, which replaces the
 * manifest in one step, makes it the current one.
 */
final class VersionCommit {
    private final OutputFiles files;
    private final Path root;
    private final DataSetLayout layout;
    private final Manifest base;

    /**
     * Of a version.
     *
     * @param base the version that is appended to, null if there is none
     */
    VersionCommit(OutputFiles files, Path root, DataSetLayout layout, Manifest base) {
        this.files = files;
        this.root = root;
        this.layout = layout;
        this.base = base;
    }

    /**
     * Writes everything but the current manifest, and looks whether it arrived.
     *
     * @param moved is told how many files are in their places
     * @return the text of the manifest
     */
    String write(Path staging, DataSetContent content, IntConsumer moved) throws IOException {
        for (String folder : List.of(DataSetLayout.SHARDS, DataSetLayout.REJECTED, layout.page(""))) {
            files.makeDirectory(new Path(root, folder));
        }
        int numMoved = 0;
        for (int i = 0; i < content.stagedShards().size(); i++) {
            files.move(new Path(staging, content.stagedShards().get(i)), new Path(root, layout.shard(i)));
            moved.accept(++numMoved);
        }
        for (int i = 0; i < content.stagedRejected().size(); i++) {
            files.move(new Path(staging, content.stagedRejected().get(i)), new Path(root, layout.rejected(i)));
            moved.accept(++numMoved);
        }
        requireArrived(content.manifest().shards(), content.stagedRejected().size());
        LabelTokens labelTokens = labelTokens(content);
        for (Map.Entry<String, String> page : pages(content, labelTokens).entrySet()) {
            write(layout.page(page.getKey()), page.getValue());
        }
        if (base == null) {
            writeTokenizer(new Path(root, layout.page(DataSetLayout.TOKENIZER)), content);
        }
        String manifest = manifest(content, labelTokens).toJson();
        write(layout.page(Manifest.FILE_NAME), manifest);
        return manifest;
    }

    private LabelTokens labelTokens(DataSetContent content) throws IOException {
        LabelTokens added = new LabelTokens(content.labelTokenCounts());
        if (base == null) {
            return added;
        }
        Path before = new Path(root, new DataSetLayout(base.datasetVersion()).page(LabelTokens.FILE_NAME));
        return LabelTokens.fromJson(files.read(before), before.toString()).plus(added);
    }

    private static Map<String, String> pages(DataSetContent content, LabelTokens labelTokens) {
        Map<String, String> pages = new TreeMap<>(content.pages());
        pages.put(LabelTokens.FILE_NAME, labelTokens.toJson());
        return pages;
    }

    private Manifest manifest(DataSetContent content, LabelTokens labelTokens) {
        Manifest run = content.manifest();
        if (base != null) {
            return AppendedManifest.of(base, run, layout.version(), labelTokens.unigramLoss());
        }
        return new Manifest(
                run.formatVersion(),
                run.createdBy(),
                layout.version(),
                layout.version(),
                run.tokenizer(),
                run.maxLength(),
                run.exampleKind(),
                run.packingMethod(),
                run.groupSize(),
                run.seed(),
                run.counts(),
                run.paddingRatio(),
                run.targetUnigramLoss(),
                run.inputs(),
                run.shards());
    }

    /** One listing of each folder: a file system that says it renamed or wrote what it did not is not to make a data set. */
    private void requireArrived(List<Manifest.ShardEntry> shards, int numRejected) throws IOException {
        Map<String, Long> rejected = sizes(new Path(root, DataSetLayout.REJECTED));
        for (int i = 0; i < numRejected; i++) {
            Path file = new Path(root, layout.rejected(i));
            if (!rejected.containsKey(file.getName())) {
                throw notThere(file);
            }
        }
        Map<String, Long> sizes = sizes(new Path(root, DataSetLayout.SHARDS));
        for (Manifest.ShardEntry shard : shards) {
            Path file = new Path(root, shard.file());
            long bytes = sizes.getOrDefault(file.getName(), -1L);
            if (bytes != shard.bytes()) {
                throw bytes < 0
                        ? notThere(file)
                        : new IOException("%s has %d bytes after it was moved, wanted %d; run it again"
                                .formatted(file, bytes, shard.bytes()));
            }
        }
    }

    private static IOException notThere(Path file) {
        return new IOException("%s is not there after it was moved; run it again".formatted(file));
    }

    /** Makes the version the current one. */
    void makeCurrent(String manifest) throws IOException {
        Path current = new Path(root, Manifest.FILE_NAME);
        files.replace(current, manifest.getBytes(StandardCharsets.UTF_8));
        if (!manifestText().equals(manifest)) {
            throw new IOException("%s is not what was just written; run it again".formatted(current));
        }
    }

    private String manifestText() throws IOException {
        try {
            return files.read(new Path(root, Manifest.FILE_NAME));
        } catch (FileNotFoundException none) {
            return "";
        }
    }

    /** Puts copies of the current version's files where people look for them. */
    void copyToRoot(DataSetContent content) throws IOException {
        for (Map.Entry<String, String> page : content.pages().entrySet()) {
            files.replace(new Path(root, page.getKey()), page.getValue().getBytes(StandardCharsets.UTF_8));
        }
        int begunWith = base == null ? layout.version() : base.firstVersion();
        Path tokenizer = new Path(root, new DataSetLayout(begunWith).page(DataSetLayout.TOKENIZER));
        Path copy = new Path(root, DataSetLayout.TOKENIZER);
        // It can be large, and appending does not change it; but the run before may have died here.
        if (base == null || !sizes(tokenizer).equals(sizes(copy))) {
            files.fs().delete(copy, true);
            files.makeDirectory(copy);
            for (String name : sizes(tokenizer).keySet()) {
                files.write(new Path(copy, name), files.readBytes(new Path(tokenizer, name)));
            }
        }
    }

    private Map<String, Long> sizes(Path directory) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        if (files.fs().exists(directory)) {
            for (FileStatus file : files.fs().listStatus(directory)) {
                sizes.put(file.getPath().getName(), file.getLen());
            }
        }
        return sizes;
    }

    private void writeTokenizer(Path directory, DataSetContent content) throws IOException {
        files.makeDirectory(directory);
        for (Map.Entry<String, byte[]> file : content.tokenizer().byName().entrySet()) {
            files.write(new Path(directory, file.getKey()), file.getValue());
        }
    }

    private void write(String name, String text) throws IOException {
        files.write(new Path(root, name), text.getBytes(StandardCharsets.UTF_8));
    }
}
