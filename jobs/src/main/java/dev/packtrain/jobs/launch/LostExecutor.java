package dev.packtrain.jobs.launch;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Spark's description of a failed stage says of an executor that vanished.
 *
 * @param task the barrier task that ran on it; -1 if the text does not say
 * @param reason Spark's words, one line
 */
record LostExecutor(int task, String reason) {
    private static final Pattern LOST =
            Pattern.compile("ExecutorLostFailure \\(([^)\n]*)\\)(?: Reason: \\s*([^\n]*))?");
    private static final Pattern TASK = Pattern.compile("barrier task ResultTask\\(\\d+, (\\d+)\\)");

    /** What Spark's executors, YARN and Kubernetes say when the memory of an executor ran out. */
    private static final Pattern OUT_OF_MEMORY = Pattern.compile("OOM|memory limits?|code 137");

    private static final Pattern OUT_OF_HEAP = Pattern.compile("code 52\\b");

    /** What to do about it, with what is before it in a sentence; empty if the reason tells of no lack of memory. */
    String remedy() {
        if (OUT_OF_HEAP.matcher(reason).find()) {
            return "; its Java heap ran out: raise spark.executor.memory";
        }
        return OUT_OF_MEMORY.matcher(reason).find() ? "; if memory ran out, " + HostMemory.REMEDY : "";
    }

    static Optional<LostExecutor> find(String text) {
        Matcher lost = LOST.matcher(text);
        if (!lost.find()) {
            return Optional.empty();
        }
        Matcher task = TASK.matcher(text);
        int partition = task.find() ? Integer.parseInt(task.group(1)) : -1;
        String details =
                lost.group(2) == null ? "" : ": " + lost.group(2).strip().replaceAll("\\.$", "");
        return Optional.of(new LostExecutor(partition, lost.group(1) + details));
    }
}
