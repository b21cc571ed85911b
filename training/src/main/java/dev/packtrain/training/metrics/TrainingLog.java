package dev.packtrain.training.metrics;

import dev.packtrain.training.options.LoggingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** Both log files of an output directory. */
public final class TrainingLog implements AutoCloseable {
    private static final double NANOS = 1e9;

    private final MetricsFile metrics;
    private final TensorBoardFile tensorBoard;

    /**
     * Opens the files.
     *
     * @param dir output directory
     * @param options whether TensorBoard files are wanted
     * @param startStep steps already done
     */
    public TrainingLog(Path dir, LoggingOptions options, int startStep) throws IOException {
        metrics = new MetricsFile(dir, startStep);
        tensorBoard = options.tensorboard() ? new TensorBoardFile(dir.resolve("runs"), startStep, now()) : null;
    }

    /**
     * Adds a record.
     *
     * @param step steps done, 1-based
     * @param values see {@link LogWindow#toRecord} and {@link EvaluationFigures#toRecord}
     */
    public void append(int step, Map<String, Double> values) throws IOException {
        metrics.append(values);
        if (tensorBoard != null) {
            tensorBoard.append(step, now(), values);
        }
    }

    private static double now() {
        Instant now = Instant.now();
        return now.getEpochSecond() + now.getNano() / NANOS;
    }

    @Override
    public void close() throws IOException {
        if (tensorBoard != null) {
            tensorBoard.close();
        }
    }
}
