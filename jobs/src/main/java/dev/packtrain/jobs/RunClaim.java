package dev.packtrain.jobs;

import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.checkpoint.OutputLock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;

/**
 * A run's claim on its {@code output_dir}. Preparing and training lock the folder that they write, each while it is at work;
 * in between, another run could replace the data that this one is about to train on.
 */
final class RunClaim {
    private RunClaim() {}

    /** What is done under the claim. */
    @FunctionalInterface
    interface Work<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /**
     * Does something while no other run is at work in a directory, which is made if it is missing.
     *
     * @param notices told what is waited for
     * @throws dev.packtrain.packing.BadInputException if another one is, or this user may not write there
     * @throws IllegalStateException if another job took the directory away meanwhile; Spark's jobs are cancelled then
     */
    static <T> T holding(SparkContext spark, Path output, Consumer<String> notices, Work<T> work) throws IOException {
        AtomicBoolean lost = new AtomicBoolean();
        OutputLock lock = lock(output, new OutputLock.Watcher() {
            @Override
            public void lost() {
                lost.set(true);
                spark.cancelAllJobs();
            }

            @Override
            public void waiting(String what) {
                notices.accept(what);
            }
        });
        try {
            return work.run();
        } catch (IOException | RuntimeException failed) {
            if (lost.get()) {
                IllegalStateException taken = new IllegalStateException(
                        "another job took output_dir %s away, after this one had been silent for long; look whether its host sleeps or swaps"
                                .formatted(output));
                taken.addSuppressed(failed);
                throw taken;
            }
            throw failed;
        } finally {
            lock.close();
        }
    }

    private static OutputLock lock(Path output, OutputLock.Watcher watcher) throws IOException {
        try {
            return OutputDirectory.lock(output, watcher);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(interrupted);
        }
    }
}
