package dev.packtrain.packing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A prepared data set, open for reading packs in any order by their number over all shards in the manifest's order.
 *
 * <p>Sizes of all shards are checked on opening, the SHA-256 of a shard before its first row is given out; whatever
 * differs is a {@link BadInputException} that names the file. Keeps at most {@value #MAX_OPEN_SHARDS} shards open, the
 * ones used last. Not for several threads.
 */
public final class PackedDataset implements AutoCloseable {
    /** Enough for neighbouring reads; each holds a file and a record batch. */
    static final int MAX_OPEN_SHARDS = 8;

    private final Path directory;
    private final Manifest manifest;
    /** {@code firstPack[s]} is the number of the first pack of shard s; the last entry is the number of packs. */
    private final long[] firstPack;

    private final boolean[] verified;
    /** Shards by index, the longest unused first. */
    private final Map<Integer, Shard> open = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed;

    private PackedDataset(Path directory, Manifest manifest) {
        this.directory = directory;
        this.manifest = manifest;
        List<Manifest.ShardEntry> shards = manifest.shards();
        this.firstPack = new long[shards.size() + 1];
        for (int shard = 0; shard < shards.size(); shard++) {
            firstPack[shard + 1] = firstPack[shard] + shards.get(shard).packs();
        }
        this.verified = new boolean[shards.size()];
    }

    /**
     * Opens the current version of what {@code packtrain prepare} left in a directory.
     *
     * @throws BadInputException if there is no manifest, it cannot be read or differs from the one that is kept of its
     *     version, or a shard is missing or of another size
     */
    public static PackedDataset open(Path directory) throws IOException {
        Path file = directory.resolve(Manifest.FILE_NAME);
        Manifest manifest = Manifest.read(file);
        requireUnchanged(file, directory.resolve(Manifest.versionFile(manifest.datasetVersion())));
        return checked(directory, manifest);
    }

    /** A damaged manifest may still be one. Data sets that were copied without their versions have nothing to compare. */
    private static void requireUnchanged(Path file, Path kept) throws IOException {
        boolean hasVersions = Files.isDirectory(kept.getParent().getParent());
        if (hasVersions && !(Files.exists(kept) && Files.mismatch(file, kept) < 0)) {
            throw new BadInputException(
                    "%s differs from %s, which never changes: one of them is damaged; restore it, or prepare the data again"
                            .formatted(file, kept));
        }
    }

    private static PackedDataset checked(Path directory, Manifest manifest) throws IOException {
        PackedDataset dataset = new PackedDataset(directory, manifest);
        for (int shard = 0; shard < dataset.verified.length; shard++) {
            dataset.verifySize(shard);
        }
        return dataset;
    }

    /**
     * Opens a version of it, whatever was appended since.
     *
     * @param version from {@link Manifest#firstVersion()} to {@link Manifest#datasetVersion()} of the current one
     * @throws BadInputException if there is no such version, or as {@link #open(Path)} does
     */
    public static PackedDataset open(Path directory, int version) throws IOException {
        Manifest current = Manifest.read(directory.resolve(Manifest.FILE_NAME));
        String file = current.fileOf(version, directory);
        return file.equals(Manifest.FILE_NAME)
                ? open(directory)
                : checked(directory, Manifest.read(directory.resolve(file)));
    }

    /** What the data set says of itself. */
    public Manifest manifest() {
        return manifest;
    }

    /** Number of packs in all shards. */
    public long numPacks() {
        return firstPack[firstPack.length - 1];
    }

    /**
     * A pack, copied out of its shard.
     *
     * @param index from 0 to {@link #numPacks()} − 1
     * @throws BadInputException if its shard differs from what the manifest says
     */
    public PackedSequence get(long index) throws IOException {
        if (closed) {
            throw new IllegalStateException("data set %s is closed".formatted(directory));
        }
        if (index < 0 || index >= numPacks()) {
            throw new IndexOutOfBoundsException(
                    "pack %d of data set %s, which has %d".formatted(index, directory, numPacks()));
        }
        int shard = shardOf(index);
        return opened(shard).get((int) (index - firstPack[shard]));
    }

    private int shardOf(long index) {
        int at = Arrays.binarySearch(firstPack, index);
        int shard = at >= 0 ? at : -at - 2;
        // Shards without packs share their first number with the next shard, which is the one that holds it.
        while (firstPack[shard + 1] <= index) {
            shard++;
        }
        return shard;
    }

    private Shard opened(int shard) throws IOException {
        Shard known = open.get(shard);
        if (known != null) {
            return known;
        }
        if (!verified[shard]) {
            verifySize(shard);
            verifySha256(shard);
        }
        Shard fresh = openChecked(shard);
        verified[shard] = true;
        open.put(shard, fresh);
        if (open.size() > MAX_OPEN_SHARDS) {
            int eldest = open.keySet().iterator().next();
            open.remove(eldest).close();
        }
        return fresh;
    }

    private Shard openChecked(int index) throws IOException {
        Shard shard = Shard.open(file(index));
        Manifest.ShardEntry entry = manifest.shards().get(index);
        if (shard.maxLength() == manifest.maxLength()
                && shard.kind() == manifest.exampleKind()
                && shard.numPacks() == entry.packs()) {
            return shard;
        }
        try (shard) {
            throw differs(
                    index,
                    shape(shard.numPacks(), shard.maxLength(), shard.kind()),
                    shape(entry.packs(), manifest.maxLength(), manifest.exampleKind()));
        }
    }

    private static String shape(int numPacks, int maxLength, ExampleKind kind) {
        return "%d packs of max_length %d with examples of kind %s".formatted(numPacks, maxLength, kind.key());
    }

    private void verifySize(int shard) throws IOException {
        long wanted = manifest.shards().get(shard).bytes();
        try {
            long got = Files.size(file(shard));
            if (got != wanted) {
                throw differs(shard, got + " bytes", wanted + " bytes");
            }
        } catch (NoSuchFileException missing) {
            throw new BadInputException(
                    "shard %s is missing, but %s lists it; restore it, or prepare the data again"
                            .formatted(file(shard), directory.resolve(Manifest.FILE_NAME)),
                    missing);
        }
    }

    private void verifySha256(int shard) throws IOException {
        String got = Sha256.ofFile(file(shard));
        String wanted = manifest.shards().get(shard).sha256();
        if (!got.equals(wanted)) {
            throw differs(shard, "SHA-256 " + got, wanted);
        }
    }

    private BadInputException differs(int shard, String got, String wanted) {
        return new BadInputException(
                "shard %s differs from its manifest: got %s, wanted %s; restore it, or prepare the data again"
                        .formatted(file(shard), got, wanted));
    }

    private Path file(int shard) {
        return directory.resolve(manifest.shards().get(shard).file());
    }

    /** Closes the open shards; nothing can be read any more. */
    @Override
    public void close() throws IOException {
        closed = true;
        IOException failure = null;
        for (Shard shard : open.values()) {
            try {
                shard.close();
            } catch (IOException next) {
                if (failure == null) {
                    failure = next;
                } else {
                    failure.addSuppressed(next);
                }
            }
        }
        open.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
