/**
 * Packtrain on a real Spark: a standalone master and workers started from the jars that the build laid out, and jobs
 * submitted to them as a person would. The small classes here are used by the fault tests too.
 */
package dev.packtrain.jobs.cluster;
