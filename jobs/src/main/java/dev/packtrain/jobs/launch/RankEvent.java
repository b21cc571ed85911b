package dev.packtrain.jobs.launch;

import java.io.Serializable;

/**
 * One event on its way to the driver.
 *
 * @param rank who sent it
 * @param task the partition of its barrier task
 * @param host where it runs
 * @param sequence its number among that rank's events, from 0 without gaps
 * @param json a {@link dev.packtrain.training.launch.TrainerEvent}
 */
public record RankEvent(int rank, int task, String host, long sequence, String json) implements Serializable {}
