package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowReader;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/** Reads, encodes and packs one group of rows and stages its shard, its carried examples and its rejected rows. */
final class GroupTask {
    private final RowEncoder encoder;
    private final PackWriter writer;
    private final int maxLength;

    GroupTask(RowEncoder encoder, PackWriter writer, int maxLength) {
        this.encoder = encoder;
        this.writer = writer;
        this.maxLength = maxLength;
    }

    /**
     * Runs on an executor.
     *
     * @param rows of the group, by rising row number
     * @param attempt unique among all attempts of the application
     * @param last whether this is the only group
     */
    GroupSummary run(int number, long attempt, boolean last, Iterator<CleanedRow> rows) throws IOException {
        String name = "group-%05d-attempt-%d".formatted(number, attempt);
        Group group = new Group(maxLength);
        String rejected = null;
        try (RejectedRows out = new RejectedRows(writer, name + ".jsonl")) {
            while (rows.hasNext()) {
                CleanedRow next = rows.next();
                RowReader.Row row = next.row();
                try {
                    group.add(row.location().file(), encoder.encode(next.requireKept()));
                } catch (RejectedRowException problem) {
                    Reject reject = Reject.of(row.location(), problem, row.bytes());
                    group.add(reject);
                    out.write(reject.toJsonLine());
                    rejected = name + ".jsonl";
                }
            }
        }
        return group.summary(number, writer.writeBuckets(name, group.examples(), number, last), rejected);
    }

    /** A file of rejected rows that comes into being with the first. */
    private static final class RejectedRows implements AutoCloseable {
        private final PackWriter writer;
        private final String name;
        private OutputStream out;

        RejectedRows(PackWriter writer, String name) {
            this.writer = writer;
            this.name = name;
        }

        void write(String line) throws IOException {
            if (out == null) {
                out = new BufferedOutputStream(writer.create(name));
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
