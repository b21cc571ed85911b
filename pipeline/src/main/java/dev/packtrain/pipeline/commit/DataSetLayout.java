package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;

/**
 * The names of a version's files, relative to the data set. No two versions share a name, so that a version is whole
 * before it becomes the current one, and stays whole for those who read it.
 *
 * @param version {@link Manifest#datasetVersion()}
 */
record DataSetLayout(int version) {
    static final String SHARDS = "shards";
    static final String REJECTED = "rejected";
    static final String VERSIONS = "versions";
    static final String TOKENIZER = "tokenizer";

    /** Name of a shard. */
    String shard(int number) {
        return SHARDS + "/shard-%05d-%05d.arrow".formatted(version, number);
    }

    /** Name of a file of rejected rows. */
    String rejected(int number) {
        return REJECTED + "/rejected-%05d-%05d.jsonl".formatted(version, number);
    }

    /** Name of a file beside the manifest. */
    String page(String name) {
        return Manifest.versionDirectory(version) + "/" + name;
    }
}
