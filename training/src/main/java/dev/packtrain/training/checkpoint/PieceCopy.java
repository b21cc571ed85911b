package dev.packtrain.training.checkpoint;

import dev.packtrain.training.safetensors.SafetensorsFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Copies stretches of one stored piece into a buffer. Long ones are read straight into it; short ones that lie close
 * together, such as the rows of a matrix that is cut along its columns, with one read for many, through a scratch buffer.
 */
final class PieceCopy {
    static final int SCRATCH_BYTES = 1 << 22;
    private static final int LONG_BYTES = 1 << 18;
    private static final int MAX_GAP_BYTES = 1 << 15;

    private final Supplier<SafetensorsFile> file;
    private final String key;
    private final ByteBuffer target;
    private final ByteBuffer scratch;
    private final List<Stretch> waiting = new ArrayList<>();
    private long begin;
    private long end;

    private record Stretch(long source, int target, int numBytes) {}

    /**
     * For one piece.
     *
     * @param file where it is; asked for when something is read
     * @param key its tensor there
     * @param target what is filled
     * @param scratch of {@link #SCRATCH_BYTES}
     */
    PieceCopy(Supplier<SafetensorsFile> file, String key, ByteBuffer target, ByteBuffer scratch) {
        this.file = file;
        this.key = key;
        this.target = target;
        this.scratch = scratch;
    }

    /** Copies now or at the end; {@code source} rises from call to call. All in bytes. */
    void copy(long source, long at, long numBytes) {
        if (numBytes >= LONG_BYTES) {
            finish();
            file.get().read(key, source, target.slice((int) at, (int) numBytes));
            return;
        }
        if (!waiting.isEmpty() && (source - end > MAX_GAP_BYTES || source + numBytes - begin > SCRATCH_BYTES)) {
            finish();
        }
        if (waiting.isEmpty()) {
            begin = source;
        }
        waiting.add(new Stretch(source, (int) at, (int) numBytes));
        end = source + numBytes;
    }

    /** Copies what is left. */
    void finish() {
        if (waiting.isEmpty()) {
            return;
        }
        file.get().read(key, begin, scratch.slice(0, (int) (end - begin)));
        for (Stretch stretch : waiting) {
            target.put(stretch.target, scratch, (int) (stretch.source - begin), stretch.numBytes);
        }
        waiting.clear();
    }
}
