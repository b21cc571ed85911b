package dev.packtrain.jobs.doctor;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.packing.TokenizedExample;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Whether the JVM lets Arrow reach into its buffers: a shard is written to nowhere. */
final class ArrowCheck implements Check {
    private static final String FLAG = "--add-opens=java.base/java.nio=ALL-UNNAMED";

    @Override
    public String what() {
        return "JDK flags for Arrow";
    }

    @Override
    public Finding run() throws IOException {
        Class<?> buffer = ByteBuffer.class;
        if (!buffer.getModule().isOpen(buffer.getPackageName(), ArrowCheck.class.getModule())) {
            return Finding.fail(
                    "java.nio is closed to Arrow",
                    "start Java with %s; under spark-submit: --conf spark.driver.extraJavaOptions=%s"
                            .formatted(FLAG, FLAG));
        }
        try (ShardWriter writer = ShardWriter.open(OutputStream.nullOutputStream(), 2)) {
            writer.write(new Pack(List.of(new TokenizedExample(0, new int[] {1, 2}, new int[] {-100, 2}))));
            ShardSummary summary = writer.finish();
            return Finding.ok("java.nio is open; Arrow wrote a shard of %d bytes".formatted(summary.bytes()));
        }
    }
}
