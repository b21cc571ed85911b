package dev.packtrain.training.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A TensorBoard event file: {@code Event} messages (tensorflow/core/util/event.proto) framed as TFRecords (length, masked
 * CRC-32C of the length, data, masked CRC-32C of the data; little endian). Scalars appear under {@code train/},
 * those of evaluations under {@code eval/}. A
 * resumed run writes a second file whose first event tells TensorBoard to drop the steps that are done again.
 */
public final class TensorBoardFile implements AutoCloseable {
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SESSION_LOG_STATUS = 1;
    private static final int SESSION_START = 1;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final String EVALUATION = "eval_";
    private static final int CRC_MASK = 0xA282EAD8;

    private final OutputStream out;

    /**
     * Creates a new file, named so that TensorBoard finds it.
     *
     * @param dir {@code runs/} of the output directory; made if missing
     * @param startStep steps already done
     * @param epochSeconds wall clock in seconds since 1970, also part of the name
     */
    public TensorBoardFile(Path dir, int startStep, double epochSeconds) throws IOException {
        Files.createDirectories(dir);
        String name = "events.out.tfevents.%010d.packtrain.%d"
                .formatted((long) epochSeconds, ProcessHandle.current().pid());
        out = Files.newOutputStream(dir.resolve(name));
        write(new ProtoBytes().float64(EVENT_WALL_TIME, epochSeconds).text(EVENT_FILE_VERSION, "brain.Event:2"));
        if (startStep > 0) {
            write(new ProtoBytes()
                    .float64(EVENT_WALL_TIME, epochSeconds)
                    .int64(EVENT_STEP, startStep + 1L)
                    .message(EVENT_SESSION_LOG, new ProtoBytes().int64(SESSION_LOG_STATUS, SESSION_START)));
        }
    }

    /**
     * Adds a record's values as scalars; {@code step} itself is not one.
     *
     * @param step steps done, 1-based
     * @param epochSeconds wall clock
     * @param values as in {@code metrics.jsonl}
     */
    public void append(int step, double epochSeconds, Map<String, Double> values) throws IOException {
        ProtoBytes summary = new ProtoBytes();
        values.forEach((key, value) -> {
            if (!key.equals("step")) {
                summary.message(
                        SUMMARY_VALUE,
                        new ProtoBytes().text(VALUE_TAG, tag(key)).float32(VALUE_SIMPLE, value.floatValue()));
            }
        });
        write(new ProtoBytes()
                .float64(EVENT_WALL_TIME, epochSeconds)
                .int64(EVENT_STEP, step)
                .message(EVENT_SUMMARY, summary));
    }

    /** As Hugging Face tags them: {@code eval_loss} is {@code eval/loss}. */
    private static String tag(String key) {
        return key.startsWith(EVALUATION) ? "eval/" + key.substring(EVALUATION.length()) : "train/" + key;
    }

    private void write(ProtoBytes event) throws IOException {
        byte[] data = event.toByteArray();
        byte[] length = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        ByteBuffer record = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        record.put(length).putInt(maskedCrc(length)).put(data).putInt(maskedCrc(data));
        out.write(record.array());
        out.flush();
    }

    private static int maskedCrc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + CRC_MASK;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
