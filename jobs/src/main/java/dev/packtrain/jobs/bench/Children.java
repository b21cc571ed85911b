package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.exit.ExitHook;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Processes that a benchmark starts. They end with it, also where a signal ends this process. */
final class Children implements AutoCloseable {
    private final List<Process> processes = new ArrayList<>();
    private final ExitHook atExit = new ExitHook(ExitHook.PROCESSES, this::end);
    private boolean ended;

    /** Starts one. */
    synchronized Process start(ProcessBuilder builder) throws IOException {
        if (ended) {
            throw new IllegalStateException("this process is ending");
        }
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    /** Starts one process and gives its exit code when it ends. */
    static int run(ProcessBuilder builder) throws IOException, InterruptedException {
        try (Children children = new Children()) {
            return children.start(builder).waitFor();
        }
    }

    /** Returns when all are gone. */
    private synchronized void end() {
        ended = true;
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }

    @Override
    public void close() {
        atExit.cancel();
        end();
    }
}
