package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.ExampleKind;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackedDataset;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.data.PackSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A prepared data set as training sees it: packs by number, and the tokenizer files that go beside the model. */
final class PreparedData implements PackSource, AutoCloseable {
    static final String TOKENIZER_JSON = "tokenizer.json";

    private final Path dir;
    private final PackedDataset dataset;

    private PreparedData(Path dir, PackedDataset dataset) {
        this.dir = dir;
        this.dataset = dataset;
    }

    /**
     * Opens a version of what {@code prepare} left in a directory.
     *
     * @throws BadInputException if there is no such version, it is damaged, or its examples are not sequences
     */
    static PreparedData open(Path dir, int version) throws IOException {
        PackedDataset dataset = PackedDataset.open(dir, version);
        if (dataset.manifest().exampleKind() != ExampleKind.SEQUENCE) {
            dataset.close();
            throw new BadInputException(
                    "data set %s holds %s examples, which supervised fine-tuning cannot learn from; give one that was prepared from dialogues or text."
                            .formatted(dir, dataset.manifest().exampleKind().key()));
        }
        if (dataset.numPacks() > Integer.MAX_VALUE) {
            dataset.close();
            throw new BadInputException("data set %s has %d packs, wanted at most %d; split it."
                    .formatted(dir, dataset.numPacks(), Integer.MAX_VALUE));
        }
        return new PreparedData(dir, dataset);
    }

    Manifest manifest() {
        return dataset.manifest();
    }

    /** The length bucket of every pack, 4 bytes a pack. */
    int[] lengthBuckets() {
        int[] buckets = new int[numPacks()];
        int at = 0;
        for (Manifest.ShardEntry shard : manifest().shards()) {
            Arrays.fill(buckets, at, at + shard.packs(), shard.lengthBucket());
            at += shard.packs();
        }
        return buckets;
    }

    @Override
    public int numPacks() {
        return (int) dataset.numPacks();
    }

    @Override
    public PackedSequence get(int index) {
        try {
            return dataset.get(index);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read pack " + index + " of " + dir, e);
        }
    }

    /** Checks that a model speaks the tokens of this data set, if it has a tokenizer at all. */
    void requireTokenizerOf(Path modelDir) throws IOException {
        Path file = modelDir.resolve(TOKENIZER_JSON);
        if (!Files.isRegularFile(file)) {
            return;
        }
        String sha256 = FileSha256.of(file);
        String wanted = manifest().tokenizer().sha256();
        if (!sha256.equals(wanted)) {
            throw new BadInputException(
                    "%s is not the tokenizer that the shards in %s were made with (SHA-256 %s, the manifest says %s); prepare the data again with tokenizer_name_or_path %s."
                            .formatted(file, dir, sha256, wanted, modelDir));
        }
    }

    /** Checks that held-out data have the tokens of the data that a run trains on. */
    void requireTokenizerOf(PreparedData trainedOn) {
        String wanted = trainedOn.manifest().tokenizer().sha256();
        String sha256 = manifest().tokenizer().sha256();
        if (!sha256.equals(wanted)) {
            throw new BadInputException(
                    "eval_dataset_name_or_path %s was prepared with another tokenizer (SHA-256 %s) than the training data in %s (SHA-256 %s); prepare it again with theirs."
                            .formatted(dir, sha256, trainedOn.dir, wanted));
        }
    }

    /** Copies the tokenizer's files beside a model. */
    void copyTokenizerTo(Path modelDir) throws IOException {
        Path tokenizer = dir.resolve(manifest().tokenizerDirectory());
        if (!Files.isDirectory(tokenizer)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> paths = Files.list(tokenizer)) {
            files = paths.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            Files.copy(file, modelDir.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Override
    public void close() throws IOException {
        dataset.close();
    }
}
