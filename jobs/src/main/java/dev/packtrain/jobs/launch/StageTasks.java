package dev.packtrain.jobs.launch;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.jdk.javaapi.CollectionConverters;

/**
 * On the driver: the tasks of one training that still run. Spark reports a failed stage while its other tasks are being
 * killed; whoever runs the same command again at once would meet their processes.
 */
final class StageTasks extends SparkListener implements AutoCloseable {
    private static final String PROPERTY = "packtrain.training";
    private static final long POLL_MILLIS = 100;
    private static final AtomicLong NEXT = new AtomicLong();

    private final SparkContext spark;
    private final String id = Long.toString(NEXT.getAndIncrement());
    private final Set<Integer> stages = new HashSet<>();
    private final Set<Long> running = new HashSet<>();
    private final Set<Integer> jobs = new HashSet<>();
    private boolean begun;
    private boolean ended;
    private boolean cancelled;

    /** Listens until it is closed. */
    StageTasks(SparkContext spark) {
        this.spark = spark;
        spark.addSparkListener(this);
    }

    @Override
    public void close() {
        spark.removeSparkListener(this);
    }

    /** Marks the jobs that this thread starts from now on as this training's. */
    void mark() {
        spark.setLocalProperty(PROPERTY, id);
        spark.addJobTag(tag());
    }

    /** Marks no more jobs. */
    void unmark() {
        spark.setLocalProperty(PROPERTY, null);
        spark.removeJobTag(tag());
    }

    /** Asks Spark to end the marked job, which may have been submitted this very moment. */
    void cancel() {
        spark.cancelJobsWithTag(tag());
        synchronized (this) {
            cancelled = true;
        }
    }

    /** Whether a task has been given to an executor; those of a barrier stage all are at once. */
    synchronized boolean begun() {
        return begun;
    }

    private String tag() {
        return PROPERTY + "." + id;
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart start) {
        if (id.equals(start.properties().getProperty(PROPERTY))) {
            jobs.add(start.jobId());
            CollectionConverters.asJava(start.stageIds()).forEach(stage -> stages.add((Integer) stage));
        }
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd end) {
        ended |= jobs.contains(end.jobId());
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart start) {
        if (stages.contains(start.stageId())) {
            begun = true;
            running.add(start.taskInfo().taskId());
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        running.remove(end.taskInfo().taskId());
        notifyAll();
    }

    /**
     * Waits until no task runs, or the time is over, or Spark is stopped, after which nobody reports any more. Of a job that
     * was cancelled Spark may not have said yet that it began: its end is waited for first.
     *
     * @return how many still run
     */
    synchronized int awaitEnd(long seconds) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        boolean known = !cancelled;
        while (!(known && running.isEmpty()) && !spark.isStopped() && System.nanoTime() < deadline) {
            known = !cancelled || ended;
            wait(POLL_MILLIS);
        }
        return running.size();
    }
}
