package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.GroupPacker;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedGroup;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.commit.OutputFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
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
    private final GroupPacker packer;
    private final int maxLength;

    PackWriter(String staging, PrepareOptions options, Configuration conf) throws IOException {
        this.staging = new Path(staging);
        this.fs = OutputFiles.fileSystem(this.staging, conf);
        this.maxLength = options.encode().maxLength();
        this.packer = GroupPacker.of(options.packing().method(), maxLength, options.seed());
    }

    /**
     * What was made of a group.
     *
     * @param shard its packs, null if there are none
     * @param carried what is left to the next level, null if nothing is
     */
    record Staged(GroupSummary.StagedShard shard, CarriedFile carried) implements Serializable {}

    /**
     * Packs a group.
     *
     * @param name of its files, without an ending; unique among all attempts of the application
     * @param number of the group among all of the data set
     * @param last whether nothing may be carried
     */
    Staged write(String name, List<TokenizedExample> group, int number, boolean last) throws IOException {
        if (group.isEmpty()) {
            return new Staged(null, null);
        }
        PackedGroup packed = packer.pack(group, number, last);
        return new Staged(shard(name + ".arrow", packed.packs()), carried(name + ".carried", packed.carried()));
    }

    private GroupSummary.StagedShard shard(String name, List<Pack> packs) throws IOException {
        if (packs.isEmpty()) {
            return null;
        }
        try (OutputStream out = new BufferedOutputStream(create(name), 1 << 16);
                ShardWriter writer =
                        ShardWriter.open(out, maxLength, packs.get(0).kind())) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            return GroupSummary.StagedShard.of(name, writer.finish());
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
