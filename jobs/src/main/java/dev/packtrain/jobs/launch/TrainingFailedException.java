package dev.packtrain.jobs.launch;

import java.util.List;

/** Training ended before its time; the message is one sentence that names the rank, and the remedy if there is one. */
public final class TrainingFailedException extends RuntimeException {
    /** How it ended. */
    public enum Ending {
        /** A process or an executor vanished, so the same command with resume may well succeed. */
        LOST,
        /** A process failed and said why. */
        FAILED,
        /** A person or the cluster ended it. */
        CANCELLED
    }

    private final String what;
    private final String remedy;
    private final Ending ending;
    private final transient List<String> lastLines;

    /**
     * A failure.
     *
     * @param what happened, naming the rank: a sentence without its full stop
     * @param remedy to be added to it; may be empty
     * @param lastLines what the failed process last wrote to standard error
     */
    TrainingFailedException(String what, String remedy, Ending ending, List<String> lastLines, Throwable cause) {
        super(what + remedy, cause);
        this.what = what;
        this.remedy = remedy;
        this.ending = ending;
        this.lastLines = List.copyOf(lastLines);
    }

    /** The same failure with more to say before the remedy. */
    TrainingFailedException with(String addition) {
        return new TrainingFailedException(what + addition, remedy, ending, lastLines, this);
    }

    /** What happened, without the remedy. */
    String what() {
        return what;
    }

    /** How it ended. */
    Ending ending() {
        return ending;
    }

    /** Whether a process or an executor vanished, so that the same command with resume may well succeed. */
    public boolean rankLost() {
        return ending == Ending.LOST;
    }

    /** What the failed process last wrote to standard error. */
    public List<String> lastLines() {
        return lastLines;
    }
}
