/**
 * What a person sees while a job runs, and after it.
 *
 * <p>What enters: progress of preparing, events of training, results. What leaves: a few plain lines, and a bar where the
 * screen is a terminal.
 */
package dev.packtrain.jobs.progress;
