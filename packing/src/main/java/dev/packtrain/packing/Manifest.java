package dev.packtrain.packing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What a version of a prepared data set is made of: {@code manifest.json} at its root is the current version's. A
 * directory is a data set exactly if it has this file, which is therefore written last. The same text is kept for good as
 * {@link #versionFile} of its version: no file that a version names ever changes.
 *
 * <p>The JSON object has these components in this order, in snake case, indented by two spaces. Reading is strict: an
 * unknown, missing or doubled key or a value of another type is an error.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param createdBy program and version, for a reader's eyes
 * @param datasetVersion 1 for the first thing that was prepared into the directory, and one more with every run that
 *     appended to it or replaced it
 * @param firstVersion the version that the data set was begun with: those since then were appended to it and can be read
 *     too. The same as {@code datasetVersion} if nothing was appended
 * @param tokenizer what turned text into token ids
 * @param maxLength slots of every pack
 * @param exampleKind what the documents are
 * @param packingMethod how examples were put into packs
 * @param groupSize examples of a packing window, in the run that made this version
 * @param seed of whatever was random, in the run that made this version
 * @param counts totals over all rows of all runs since the first version
 * @param paddingRatio slots that are padding, from 0 to 1
 * @param targetUnigramLoss nats a label token that a unigram model of the label tokens would lose: what training must
 *     beat
 * @param inputs the input files, in the order in which their rows were numbered
 * @param shards in the order in which their packs are numbered
 */
public record Manifest(
        int formatVersion,
        String createdBy,
        int datasetVersion,
        int firstVersion,
        TokenizerInfo tokenizer,
        int maxLength,
        ExampleKind exampleKind,
        PackingMethod packingMethod,
        int groupSize,
        long seed,
        Counts counts,
        double paddingRatio,
        double targetUnigramLoss,
        List<String> inputs,
        List<ShardEntry> shards) {

    /** Version that this code writes, and the only one it reads; it covers the shards too. */
    public static final int FORMAT_VERSION = ShardFormat.VERSION;

    /** Name of the file in the directory of a data set. */
    public static final String FILE_NAME = "manifest.json";

    public Manifest {
        Objects.requireNonNull(createdBy, "created_by");
        Objects.requireNonNull(tokenizer, "tokenizer");
        Objects.requireNonNull(exampleKind, "example_kind");
        Objects.requireNonNull(packingMethod, "packing_method");
        Objects.requireNonNull(counts, "counts");
        inputs = List.copyOf(inputs);
        shards = List.copyOf(shards);
        require(formatVersion == FORMAT_VERSION, "format_version is %s; wanted %s", formatVersion, FORMAT_VERSION);
        require(firstVersion >= 1, "first_version is %s; wanted at least %s", firstVersion, 1);
        require(
                datasetVersion >= firstVersion,
                "dataset_version is %s; wanted at least first_version, which is %s",
                datasetVersion,
                firstVersion);
        require(maxLength >= 1, "max_length is %s; wanted at least %s", maxLength, 1);
        require(paddingRatio >= 0 && paddingRatio <= 1, "padding_ratio is %s; wanted %s", paddingRatio, "0 to 1");
        require(
                Double.isFinite(targetUnigramLoss),
                "target_unigram_loss is %s; wanted %s",
                targetUnigramLoss,
                "a number");
        long packs = shards.stream().mapToLong(ShardEntry::packs).sum();
        require(counts.packs() == packs, "counts.packs is %s, but the shards hold %s packs", counts.packs(), packs);
    }

    /** The first version of a data set of sequences. */
    public Manifest(
            int formatVersion,
            String createdBy,
            TokenizerInfo tokenizer,
            int maxLength,
            PackingMethod packingMethod,
            int groupSize,
            long seed,
            Counts counts,
            double paddingRatio,
            double targetUnigramLoss,
            List<String> inputs,
            List<ShardEntry> shards) {
        this(
                formatVersion,
                createdBy,
                1,
                1,
                tokenizer,
                maxLength,
                ExampleKind.SEQUENCE,
                packingMethod,
                groupSize,
                seed,
                counts,
                paddingRatio,
                targetUnigramLoss,
                inputs,
                shards);
    }

    /**
     * What turned text into token ids.
     *
     * @param sha256 of {@code tokenizer.json}
     * @param vocabSize number of token ids
     * @param eosTokenId end of sequence
     * @param bosTokenId start of sequence, null if there is none
     */
    public record TokenizerInfo(String sha256, int vocabSize, int eosTokenId, Integer bosTokenId) {
        public TokenizerInfo {
            Objects.requireNonNull(sha256, "tokenizer.sha256");
        }
    }

    /**
     * Totals.
     *
     * @param rowsRead records in the input
     * @param rowsKept of them, those that are examples in the shards
     * @param rowsRejected of them, those under {@code rejected/}
     * @param rowsTruncated of the kept, those that lost tokens to a length limit
     * @param tokens in the shards, without padding
     * @param labelTokens of them, those that take a loss, see {@link TokenizedExample#numLabelTokens()}
     * @param tokensDropped cut off by truncation
     * @param packs rows of all shards
     */
    public record Counts(
            long rowsRead,
            long rowsKept,
            long rowsRejected,
            long rowsTruncated,
            long tokens,
            long labelTokens,
            long tokensDropped,
            long packs) {
        /** Those of both. */
        public Counts plus(Counts other) {
            return new Counts(
                    rowsRead + other.rowsRead,
                    rowsKept + other.rowsKept,
                    rowsRejected + other.rowsRejected,
                    rowsTruncated + other.rowsTruncated,
                    tokens + other.tokens,
                    labelTokens + other.labelTokens,
                    tokensDropped + other.tokensDropped,
                    packs + other.packs);
        }
    }

    /**
     * One shard.
     *
     * @param file relative to the manifest's directory, with {@code /}
     * @param packs rows
     * @param examples documents in them
     * @param tokens without padding
     * @param labelTokens that take a loss
     * @param bytes length of the file
     * @param sha256 of the file, 64 lower-case hexadecimal digits
     * @param lengthBucket an epoch trains on the packs of lower buckets first ({@code length_buckets}); 0 in a data set
     *     without them
     */
    public record ShardEntry(
            String file,
            int packs,
            long examples,
            long tokens,
            long labelTokens,
            long bytes,
            String sha256,
            int lengthBucket) {
        public ShardEntry {
            Objects.requireNonNull(sha256, "sha256");
            require(lengthBucket >= 0, "length_bucket is %s; wanted at least %s", lengthBucket, 0);
            boolean inside = !file.startsWith("/") && !List.of(file.split("/")).contains("..");
            require(inside, "shard file is %s; wanted %s", file, "a path below the manifest's directory");
        }

        /** A shard of a data set without length buckets. */
        public ShardEntry(
                String file, int packs, long examples, long tokens, long labelTokens, long bytes, String sha256) {
            this(file, packs, examples, tokens, labelTokens, bytes, sha256, 0);
        }

        /** What a writer says of the shard it wrote to {@code file}, in a data set without length buckets. */
        public static ShardEntry of(String file, ShardSummary summary) {
            return of(file, summary, 0);
        }

        /** What a writer says of the shard it wrote to {@code file}. */
        public static ShardEntry of(String file, ShardSummary summary, int lengthBucket) {
            return new ShardEntry(
                    file,
                    summary.rows(),
                    summary.examples(),
                    summary.tokens(),
                    summary.labelTokens(),
                    summary.bytes(),
                    summary.sha256(),
                    lengthBucket);
        }
    }

    /** Directory of what a version has beside its shards, relative to the data set. */
    public static String versionDirectory(int version) {
        return "versions/%05d".formatted(version);
    }

    /** Where a version's manifest is in {@code directory}, of which this is the current one; a BadInputException if nowhere. */
    public String fileOf(int version, Object directory) {
        if (version < firstVersion || version > datasetVersion) {
            throw new BadInputException("data set %s has no version %d; wanted one from %d to %d"
                    .formatted(directory, version, firstVersion, datasetVersion));
        }
        // Data sets that were copied without their versions have the current one all the same.
        return version == datasetVersion ? FILE_NAME : versionFile(version);
    }

    /** The manifest of a version that can still be read, relative to the data set. */
    public static String versionFile(int version) {
        return versionDirectory(version) + "/" + FILE_NAME;
    }

    /** The tokenizer's files, relative to the data set: appending leaves them as they were. */
    public String tokenizerDirectory() {
        return versionDirectory(firstVersion) + "/tokenizer";
    }

    /**
     * Names the content: the same for data sets with the same tokenizer, {@code max_length} and shards in the same order,
     * whatever the shards' files are called.
     *
     * @return SHA-256 over those, 64 lower-case hexadecimal digits
     */
    public String contentSha256() {
        StringBuilder content = new StringBuilder();
        content.append(formatVersion).append('\n');
        content.append(tokenizer.sha256()).append('\n');
        content.append(maxLength).append('\n');
        shards.forEach(shard -> content.append(shard.sha256()).append('\n'));
        return Sha256.ofText(content.toString());
    }

    /** As the text of {@code manifest.json}; the same manifest gives the same text. */
    public String toJson() {
        return ManifestJson.write(this);
    }

    /**
     * From the text of {@code manifest.json}.
     *
     * @param where what to call the text in an error: its path
     * @throws BadInputException if the text is no manifest of a version that this code reads
     */
    public static Manifest fromJson(String json, String where) {
        return ManifestJson.read(json, where);
    }

    /**
     * Reads a {@code manifest.json}.
     *
     * @throws BadInputException if there is none, or it is no manifest of a version that this code reads
     */
    public static Manifest read(Path file) throws IOException {
        try {
            return fromJson(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), file.toString());
        } catch (NoSuchFileException missing) {
            throw new BadInputException(
                    "%s is not a prepared data set: it has no %s; run packtrain prepare with it as --output_dir, or give the directory of one that is"
                            .formatted(file.toAbsolutePath().getParent(), file.getFileName()),
                    missing);
        }
    }

    private static void require(boolean condition, String message, Object got, Object wanted) {
        if (!condition) {
            throw new IllegalArgumentException(message.formatted(got, wanted));
        }
    }
}
