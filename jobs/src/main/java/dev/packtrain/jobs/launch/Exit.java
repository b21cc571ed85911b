package dev.packtrain.jobs.launch;

/** What an exit status of a child process means. */
final class Exit {
    private static final int SIGNAL_BASE = 128;
    private static final int KILL = 9;
    private static final int OUT_OF_JAVA_HEAP = 3;

    private Exit() {}

    /** Whether a signal ended it. */
    static boolean killed(int status) {
        return status > SIGNAL_BASE;
    }

    /** Whether it had no choice. */
    static boolean byKill(int status) {
        return status == SIGNAL_BASE + KILL;
    }

    /** A verb phrase: {@code was killed by signal 9}. */
    static String describe(int status) {
        if (killed(status)) {
            int signal = status - SIGNAL_BASE;
            return "was killed by signal " + signal + meaning(signal);
        }
        return switch (status) {
            case 0 -> "ended without finishing its work";
            case OUT_OF_JAVA_HEAP -> "ended with exit status 3 (out of Java heap: raise --trainer_heap)";
            default -> "ended with exit status " + status;
        };
    }

    private static String meaning(int signal) {
        return switch (signal) {
            case 4 -> " (an instruction that this processor lacks)";
            // Java makes this of a crash in native code, after it has written what it knows.
            case 6 -> " (native code crashed: logs/crash-*.log in output_dir says where)";
            case KILL -> " (by a person, or by the system when memory runs out)";
            case 11 -> " (native code crashed)";
            case 15 -> " (asked to end)";
            default -> "";
        };
    }
}
