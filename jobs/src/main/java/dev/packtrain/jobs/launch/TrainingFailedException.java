package dev.packtrain.jobs.launch;

import java.util.List;

/** Training ended before its time; the message is one sentence that names the rank, and the remedy if there is one. */
public final class TrainingFailedException extends RuntimeException {
    private final boolean rankLost;
    private final transient List<String> lastLines;

    TrainingFailedException(String message, boolean rankLost, List<String> lastLines, Throwable cause) {
        super(message, cause);
        this.rankLost = rankLost;
        this.lastLines = List.copyOf(lastLines);
    }

    /** Whether a process or an executor vanished, so that the same command with resume may well succeed. */
    public boolean rankLost() {
        return rankLost;
    }

    /** What the failed process last wrote to standard error. */
    public List<String> lastLines() {
        return lastLines;
    }
}
