package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.GroupPacker;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.commit.OutputFiles;
import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowReader;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Reads, encodes and packs one group and stages its shard and its rejected rows. Every attempt writes to names of its
 * own, so that attempts never meet; which of them counts is for the driver to say.
 */
final class GroupTask {
    private final Path staging;
    private final FileSystem fs;
    private final GroupPacker packer;
    private final int maxLength;
    private final RowEncoder encoder;

    GroupTask(String staging, PrepareOptions options, RowEncoder encoder, Configuration conf) throws IOException {
        this.staging = new Path(staging);
        this.fs = OutputFiles.fileSystem(this.staging, conf);
        this.maxLength = options.encode().maxLength();
        this.packer = GroupPacker.of(options.packing().method(), maxLength, options.seed());
        this.encoder = encoder;
    }

    /**
     * Runs on an executor.
     *
     * @param rows of the group, by rising row number
     * @param attempt unique among all attempts of the application
     */
    GroupSummary run(int number, long attempt, Iterator<RowReader.Row> rows) throws IOException {
        String name = "group-%05d-attempt-%d".formatted(number, attempt);
        Group group = new Group(maxLength);
        String rejected = null;
        try (RejectedRows out = new RejectedRows(fs, new Path(staging, name + ".jsonl"))) {
            while (rows.hasNext()) {
                RowReader.Row row = rows.next();
                try {
                    group.add(row.location().file(), encoder.encode(row));
                } catch (RejectedRowException problem) {
                    Reject reject = Reject.of(row.location(), problem, row.bytes());
                    group.add(reject);
                    out.write(reject.toJsonLine());
                    rejected = name + ".jsonl";
                }
            }
        }
        return group.summary(number, shard(number, group, name + ".arrow"), rejected);
    }

    private GroupSummary.StagedShard shard(int number, Group group, String name) throws IOException {
        if (group.examples().isEmpty()) {
            return null;
        }
        List<Pack> packs = packer.pack(group.examples(), number, true).packs();
        try (OutputStream out = new BufferedOutputStream(create(fs, new Path(staging, name)), 1 << 16);
                ShardWriter writer =
                        ShardWriter.open(out, maxLength, packs.get(0).kind())) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            ShardSummary summary = writer.finish();
            return GroupSummary.StagedShard.of(name, summary);
        }
    }

    /** Makes no directory: an attempt that outlives its job must not bring the staging directory back. */
    private static OutputStream create(FileSystem fs, Path path) throws IOException {
        return fs.createFile(path).overwrite(false).build();
    }

    /** A file of rejected rows that comes into being with the first. */
    private static final class RejectedRows implements AutoCloseable {
        private final FileSystem fs;
        private final Path path;
        private OutputStream out;

        RejectedRows(FileSystem fs, Path path) {
            this.fs = fs;
            this.path = path;
        }

        void write(String line) throws IOException {
            if (out == null) {
                out = new BufferedOutputStream(create(fs, path));
            }
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() throws IOException {
            if (out != null) {
                out.close();
            }
        }
    }
}
