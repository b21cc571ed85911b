/**
 * Looks whether this machine and a Spark can run Packtrain, and says what to change.
 *
 * <p>What enters: a master and a number of training processes. What leaves: a {@link dev.packtrain.jobs.doctor.Diagnosis}
 * a check, as lines and as JSON. Every check is a class of its own behind {@link dev.packtrain.jobs.doctor.Check}.
 */
package dev.packtrain.jobs.doctor;
