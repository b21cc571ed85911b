package dev.packtrain.training.collectives;

import dev.packtrain.training.device.Kept;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Runs the calls of a group that were started and not yet awaited, in their order, beside the thread that computes. */
final class CallThread implements AutoCloseable {
    private static final long CLOSING_SECONDS = 5;

    private final String name;
    private final LinkedBlockingQueue<Job> queue = new LinkedBlockingQueue<>();
    private Thread thread;
    private Job last;

    /** The thread itself starts with the first call. */
    CallThread(String name) {
        this.name = name;
    }

    /** One call: what it does, and the tensors that it needs until then. */
    private static final class Job implements Pending {
        private final Runnable body;
        private final Kept tensors;
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile Throwable failure;

        Job(Kept tensors, Runnable body) {
            this.tensors = tensors;
            this.body = body;
        }

        void run() {
            try (tensors) {
                body.run();
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                done.countDown();
            }
        }

        @Override
        public void await() {
            try {
                done.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a collective runs", e);
            }
            if (failure instanceof PeerLostException) {
                throw new PeerLostException(failure.getMessage(), failure);
            }
            if (failure instanceof RuntimeException mistake) {
                throw mistake;
            }
            if (failure instanceof Error error) {
                throw error;
            }
        }
    }

    /**
     * Queues a call.
     *
     * @param tensors that it needs; freed when it has run
     */
    Pending start(Kept tensors, Runnable body) {
        if (thread == null) {
            thread = new Thread(this::run, name);
            thread.setDaemon(true);
            thread.start();
        }
        last = new Job(tensors, body);
        queue.add(last);
        return last;
    }

    private void run() {
        try {
            while (true) {
                queue.take().run();
            }
        } catch (InterruptedException e) {
            // Closed.
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when all has run. */
    void drain() {
        if (last != null) {
            last.await();
            last = null;
        }
    }

    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSING_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread = null;
    }
}
