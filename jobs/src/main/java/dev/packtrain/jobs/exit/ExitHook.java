package dev.packtrain.jobs.exit;

import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * What is done where a signal ends this process, in the order in which Hadoop, and with it Spark, do such things: first the
 * processes that were started end, then Spark stops (40), and then folders in which any of them may have been writing go.
 */
public final class ExitHook {
    /** Before Spark stops. */
    public static final int PROCESSES = FileSystem.SHUTDOWN_HOOK_PRIORITY + 50;
    /** After Spark has stopped. */
    public static final int FOLDERS = FileSystem.SHUTDOWN_HOOK_PRIORITY - 5;

    private final Runnable action;

    /** From now on. */
    public ExitHook(int priority, Runnable action) {
        this.action = action;
        ShutdownHookManager.get().addShutdownHook(action, priority);
    }

    /** Takes it back; false: this process is ending, and the action is done, or about to be. */
    public boolean cancel() {
        if (ShutdownHookManager.get().isShutdownInProgress()) {
            return false;
        }
        try {
            return ShutdownHookManager.get().removeShutdownHook(action);
        } catch (IllegalStateException endingSinceThen) {
            return false;
        }
    }
}
