package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedDatasetTest {
    private static final int MAX_LENGTH = 24;

    @TempDir
    Path directory;

    @Test
    void packsAreNumberedOverAllShards() throws IOException {
        // More shards than stay open, an empty one among them, and another at the end.
        List<Pack> all = prepare(MAX_LENGTH, 3, 17, 0, 1, 40, 2, 5, 1, 1, 1, 16, 0);
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertThat(dataset.numPacks()).isEqualTo(all.size());
            assertThat(dataset.manifest().shards()).hasSize(12);
            for (int index : new Random(3).ints(300, 0, all.size()).toArray()) {
                assertThat(Examples.content(dataset.get(index)))
                        .isEqualTo(Examples.content(PackedSequence.of(all.get(index), MAX_LENGTH)));
            }
            assertThatThrownBy(() -> dataset.get(all.size())).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> dataset.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void everyVersionSinceTheFirstIsReadAsItWas() throws IOException {
        List<Pack> all = prepare(MAX_LENGTH, 3, 4);
        Manifest first = Manifest.read(directory.resolve(Manifest.FILE_NAME));
        Manifest older = ManifestTest.of(
                MAX_LENGTH, PackingMethod.NEXT_FIT, first.shards().subList(0, 1));
        write(Manifest.versionFile(2), ManifestTest.version(older, 2, 2));
        write(Manifest.versionFile(3), ManifestTest.version(first, 3, 2));
        write(Manifest.FILE_NAME, ManifestTest.version(first, 3, 2));
        try (PackedDataset two = PackedDataset.open(directory, 2);
                PackedDataset three = PackedDataset.open(directory, 3);
                PackedDataset current = PackedDataset.open(directory)) {
            assertThat(two.numPacks()).isEqualTo(3);
            assertThat(three.manifest()).isEqualTo(current.manifest());
            assertThat(Examples.content(two.get(2))).isEqualTo(Examples.content(current.get(2)));
            assertThat(Examples.content(three.get(6)))
                    .isEqualTo(Examples.content(PackedSequence.of(all.get(6), MAX_LENGTH)));
        }
        for (int version : new int[] {0, 1, 4}) {
            assertRefused(
                    () -> PackedDataset.open(directory, version),
                    "data set %s has no version %d; wanted one from 2 to 3".formatted(directory, version));
        }
    }

    private void write(String name, Manifest manifest) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, manifest.toJson());
    }

    @Test
    void aDataSetWithoutPacksOpens() throws IOException {
        prepare(MAX_LENGTH);
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertThat(dataset.numPacks()).isZero();
        }
    }

    @Test
    void aClosedDataSetGivesNothing() throws IOException {
        prepare(MAX_LENGTH, 2);
        PackedDataset dataset = PackedDataset.open(directory);
        dataset.get(0);
        dataset.close();
        assertThatThrownBy(() -> dataset.get(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDirectoryWithoutManifestIsNoDataSet() {
        assertRefused(
                () -> PackedDataset.open(directory),
                directory + " is not a prepared data set: it has no manifest.json; run packtrain prepare");
    }

    @Test
    void anyFlippedByteOfTheManifestIsFound() throws IOException {
        prepare(MAX_LENGTH, 3, 4);
        Path file = directory.resolve(Manifest.FILE_NAME);
        Path kept = directory.resolve(Manifest.versionFile(1));
        Files.createDirectories(kept.getParent());
        Files.copy(file, kept);
        byte[] bytes = Files.readAllBytes(file);
        PackedDataset.open(directory).close();
        for (int at = 0; at < bytes.length; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertRefused(() -> PackedDataset.open(directory).close(), file.toString());
        }
    }

    @Test
    void anyFlippedByteIsFound() throws IOException {
        prepare(MAX_LENGTH, 20);
        Path file = shard(0);
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at += 97) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 << (at % 8));
            Files.write(file, bad);
            try (PackedDataset dataset = PackedDataset.open(directory)) {
                assertRefused(() -> dataset.get(0), "shard " + file + " differs from its manifest: got SHA-256 ");
                assertRefused(() -> dataset.get(19), "shard " + file + " differs from its manifest: got SHA-256 ");
            }
        }
        Files.write(file, good);
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertThat(dataset.get(19).maxLength()).isEqualTo(MAX_LENGTH);
        }
    }

    @Test
    void aTruncatedShardIsFoundOnOpening() throws IOException {
        prepare(MAX_LENGTH, 4, 20);
        byte[] good = Files.readAllBytes(shard(1));
        for (int length : new int[] {0, 1, good.length / 2, good.length - 1}) {
            Files.write(shard(1), Arrays.copyOf(good, length));
            assertRefused(
                    () -> PackedDataset.open(directory),
                    "shard %s differs from its manifest: got %d bytes, wanted %d bytes; restore it"
                            .formatted(shard(1), length, good.length));
        }
    }

    @Test
    void aMissingShardIsFoundOnOpening() throws IOException {
        prepare(MAX_LENGTH, 4, 20);
        Files.delete(shard(1));
        assertRefused(() -> PackedDataset.open(directory), "shard " + shard(1) + " is missing, but ");
    }

    @Test
    void swappedShardsOfOneSizeAreFound() throws IOException {
        TokenizedExample one = Examples.of(1, 5);
        TokenizedExample two = Examples.of(2, 5);
        prepareShards(MAX_LENGTH, List.of(List.of(new Pack(List.of(one))), List.of(new Pack(List.of(two)))));
        Path aside = directory.resolve("aside");
        Files.move(shard(0), aside);
        Files.move(shard(1), shard(0));
        Files.move(aside, shard(1));
        assertThat(Files.size(shard(0))).isEqualTo(Files.size(shard(1)));
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertRefused(() -> dataset.get(0), "shard " + shard(0) + " differs from its manifest: got SHA-256 ");
            assertRefused(() -> dataset.get(1), "shard " + shard(1) + " differs from its manifest: got SHA-256 ");
        }
    }

    @Test
    void anotherMaxLengthThanTheManifestsIsFound() throws IOException {
        prepare(MAX_LENGTH, 4);
        Manifest manifest = Manifest.read(directory.resolve(Manifest.FILE_NAME));
        writeManifest(MAX_LENGTH + 1, manifest.shards());
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertRefused(
                    () -> dataset.get(0),
                    "shard %s differs from its manifest: got 4 packs of max_length 24 with examples of kind sequence, wanted 4 packs of max_length 25 with examples of kind sequence;"
                            .formatted(shard(0)));
        }
    }

    @Test
    void anotherNumberOfPacksThanTheManifestsIsFound() throws IOException {
        prepare(MAX_LENGTH, 4);
        Manifest.ShardEntry e =
                Manifest.read(directory.resolve(Manifest.FILE_NAME)).shards().get(0);
        writeManifest(
                MAX_LENGTH,
                List.of(new Manifest.ShardEntry(
                        e.file(), 5, e.examples(), e.tokens(), e.labelTokens(), e.bytes(), e.sha256())));
        try (PackedDataset dataset = PackedDataset.open(directory)) {
            assertRefused(
                    () -> dataset.get(0),
                    "shard %s differs from its manifest: got 4 packs of max_length 24 with examples of kind sequence, wanted 5 packs of max_length 24 with examples of kind sequence;"
                            .formatted(shard(0)));
        }
    }

    private List<Pack> prepare(int maxLength, int... packsOfShards) throws IOException {
        Random random = new Random(11);
        List<List<Pack>> shards = new ArrayList<>();
        for (int numPacks : packsOfShards) {
            shards.add(Examples.randomPacks(random, numPacks, maxLength));
        }
        prepareShards(maxLength, shards);
        return shards.stream().flatMap(List::stream).toList();
    }

    private void prepareShards(int maxLength, List<List<Pack>> shards) throws IOException {
        Files.createDirectories(directory.resolve("shards"));
        List<Manifest.ShardEntry> entries = new ArrayList<>();
        for (List<Pack> packs : shards) {
            ShardSummary summary = ShardRoundTripTest.write(shard(entries.size()), packs, maxLength);
            entries.add(Manifest.ShardEntry.of("shards/shard-%05d.arrow".formatted(entries.size()), summary));
        }
        writeManifest(maxLength, entries);
    }

    private void writeManifest(int maxLength, List<Manifest.ShardEntry> entries) throws IOException {
        Files.writeString(
                directory.resolve(Manifest.FILE_NAME),
                ManifestTest.of(maxLength, PackingMethod.NEXT_FIT, entries).toJson());
    }

    private Path shard(int index) {
        return directory.resolve("shards/shard-%05d.arrow".formatted(index));
    }

    private static void assertRefused(ThrowingCallable call, String start) {
        assertThatThrownBy(call).isInstanceOf(BadInputException.class).hasMessageStartingWith(start);
    }
}
