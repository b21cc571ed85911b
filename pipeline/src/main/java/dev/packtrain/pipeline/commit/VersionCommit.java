package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
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
        requireArrived(content.manifest().shards());
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

    /** One listing for all: a file system that says it renamed or wrote what it did not is not to make a data set. */
    private void requireArrived(List<Manifest.ShardEntry> shards) throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        for (FileStatus file : files.fs().listStatus(new Path(root, DataSetLayout.SHARDS))) {
            sizes.put(DataSetLayout.SHARDS + "/" + file.getPath().getName(), file.getLen());
        }
        for (Manifest.ShardEntry shard : shards) {
            if (!sizes.getOrDefault(shard.file(), -1L).equals(shard.bytes())) {
                throw new IOException("%s has %s bytes after it was moved to its place, wanted %d; run it again"
                        .formatted(new Path(root, shard.file()), sizes.get(shard.file()), shard.bytes()));
            }
        }
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
        if (base == null) {
            Path tokenizer = new Path(root, DataSetLayout.TOKENIZER);
            files.fs().delete(tokenizer, true);
            writeTokenizer(tokenizer, content);
        }
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
