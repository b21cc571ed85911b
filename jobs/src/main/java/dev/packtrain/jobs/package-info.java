/**
 * The jobs: what a person, spark-submit, a notebook or a scheduler calls.
 *
 * <p>What enters: a Spark session and a {@link dev.packtrain.jobs.recipe.Recipe}. What leaves: files in {@code output_dir}
 * and a small result record. Every {@code *Job} is a main class for spark-submit and a Java API at once.
 */
package dev.packtrain.jobs;
