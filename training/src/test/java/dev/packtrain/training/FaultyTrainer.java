package dev.packtrain.training;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A training process that gets a SIGKILL as soon as one of its threads is in a given method, once a given file exists.
 * Arguments: the class and method, as {@code dev.packtrain.training.optim.AdamW#update}; the file.
 */
final class FaultyTrainer {
    private FaultyTrainer() {}

    /** Trains until the method is reached. */
    public static void main(String[] args) throws IOException {
        String[] method = args[0].split("#", 2);
        // Started beforehand, so that the signal comes within the moment, not after the start of a process.
        Process killer = new ProcessBuilder(
                        "sh",
                        "-c",
                        "read go && kill -9 " + ProcessHandle.current().pid())
                .start();
        Thread watcher = new Thread(() -> watch(method[0], method[1], Path.of(args[1]), killer), "fault");
        watcher.setDaemon(true);
        watcher.start();
        TrainerMain.main(new String[0]);
    }

    private static void watch(String type, String method, Path after, Process killer) {
        try {
            while (!Files.exists(after)) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            while (!isInside(type, method)) {
                Thread.onSpinWait();
            }
            System.err.println("in " + type + "#" + method);
            OutputStream go = killer.getOutputStream();
            go.write('\n');
            go.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isInside(String type, String method) {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().equals(type)
                        && frame.getMethodName().equals(method));
    }
}
