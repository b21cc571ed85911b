package dev.packtrain.jobs.doctor;

/**
 * Where training is meant to run.
 *
 * @param master a Spark master; null: what spark-submit says, else inside this process
 * @param numProcesses ranks, at least 1
 */
public record Target(String master, int numProcesses) {
    /** Whether the ranks run on this machine. */
    boolean isLocal() {
        return master == null || master.startsWith("local");
    }
}
