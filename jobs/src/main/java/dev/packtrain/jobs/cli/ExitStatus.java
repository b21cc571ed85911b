package dev.packtrain.jobs.cli;

/** What the exit statuses of {@code packtrain} mean. */
public enum ExitStatus {
    /** Done. */
    OK(0, "done"),
    /** A defect or a failing machine. */
    FAILED(1, "internal failure; the log says more"),
    /** A mistake in what was given. */
    BAD_INPUT(2, "bad input or usage"),
    /** A process or an executor vanished. */
    LOST(3, "a rank or an executor was lost; the same command with --resume_from_checkpoint true continues"),
    /** Ctrl-C. */
    INTERRUPTED(130, "interrupted");

    private final int code;
    private final String meaning;

    ExitStatus(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** The process's exit status. */
    public int code() {
        return code;
    }

    /** A few words for {@code --help}. */
    public String meaning() {
        return meaning;
    }
}
