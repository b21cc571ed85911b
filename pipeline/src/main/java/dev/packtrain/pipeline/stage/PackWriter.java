package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.GroupPacker;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedGroup;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.PackOptions;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.commit.OutputFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Packs groups and stages their files. Every attempt writes to names of its own, so that attempts never meet; which of
 * them counts is for the driver to say.
 */
final class PackWriter {
    private final Path staging;
    private final FileSystem fs;
    private final PackOptions packing;
    private final GroupPacker packer;
    private final int maxLength;

    PackWriter(String staging, PrepareOptions options, Configuration conf) throws IOException {
        this.staging = new Path(staging);
        this.fs = OutputFiles.fileSystem(this.staging, conf);
        this.maxLength = options.encode().maxLength();
        this.packing = options.packing();
        this.packer = GroupPacker.of(packing.method(), maxLength, options.seed());
    }

    /**
     * What was made of a group.
     *
     * @param shard its packs, null if there are none
     * @param carried what is left to the next level, null if nothing is
     */
    record Staged(GroupSummary.StagedShard shard, CarriedFile carried) implements Serializable {}

    /**
     * Packs a group, each length bucket by itself.
     *
     * @return of every bucket, what was made of its examples
     */
    List<Staged> writeBuckets(String name, List<TokenizedExample> group, int number, boolean last) throws IOException {
        List<List<TokenizedExample>> byBucket = new ArrayList<>();
        for (int bucket = 0; bucket < packing.numBuckets(); bucket++) {
            byBucket.add(packing.numBuckets() == 1 ? group : new ArrayList<>());
        }
        if (packing.numBuckets() > 1) {
            group.forEach(
                    example -> byBucket.get(packing.bucketOf(example.length())).add(example));
        }
        List<Staged> staged = new ArrayList<>();
        for (int bucket = 0; bucket < byBucket.size(); bucket++) {
            staged.add(write(name, byBucket.get(bucket), bucket, number, last));
        }
        return staged;
    }

    /**
     * Packs a group of examples of one length bucket.
     *
     * @param name of its files, without an ending; unique among all attempts of the application
     * @param bucket of all examples
     * @param number of the group among all of the data set
     * @param last whether nothing may be carried
     */
    Staged write(String name, List<TokenizedExample> group, int bucket, int number, boolean last) throws IOException {
        if (group.isEmpty()) {
            return new Staged(null, null);
        }
        PackedGroup packed = packer.pack(group, number, last);
        String file = "%s-bucket-%d".formatted(name, bucket);
        return new Staged(shard(file + ".arrow", packed.packs(), bucket), carried(file + ".carried", packed.carried()));
    }

    private GroupSummary.StagedShard shard(String name, List<Pack> packs, int bucket) throws IOException {
        if (packs.isEmpty()) {
            return null;
        }
        try (OutputStream out = new BufferedOutputStream(create(name), 1 << 16);
                ShardWriter writer =
                        ShardWriter.open(out, maxLength, packs.get(0).kind())) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            return GroupSummary.StagedShard.of(name, writer.finish(), bucket);
        }
    }

    private CarriedFile carried(String name, List<TokenizedExample> examples) throws IOException {
        if (examples.isEmpty()) {
            return null;
        }
        CarriedFile.write(create(name), examples);
        long tokens = examples.stream().mapToLong(TokenizedExample::length).sum();
        return new CarriedFile(name, examples.size(), tokens);
    }

    /** A new file in the staging directory. */
    OutputStream create(String name) throws IOException {
        // Makes no directory: an attempt that outlives its job must not bring the staging directory back.
        return fs.createFile(new Path(staging, name)).overwrite(false).build();
    }

    /** A staged file. */
    InputStream open(String name) throws IOException {
        return fs.open(new Path(staging, name));
    }
}
