/**
 * Training processes on Spark: one barrier stage, one task a rank, one supervised child process a task.
 *
 * <p>What enters: a {@link dev.packtrain.jobs.launch.RankPlan}. What leaves: the ranks' events while they train, and either
 * their final figures or one {@link dev.packtrain.jobs.launch.TrainingFailedException} that names the rank to blame.
 */
package dev.packtrain.jobs.launch;
