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
    private static final Pattern LOST = Pattern.compile("ExecutorLostFailure \\(([^)\n]*)\\)(?: Reason: ([^\n]*))?");
    private static final Pattern TASK = Pattern.compile("barrier task ResultTask\\(\\d+, (\\d+)\\)");

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
