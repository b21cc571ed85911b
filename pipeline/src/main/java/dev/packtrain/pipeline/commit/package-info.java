/**
 * The output directory: who may write it, and how what was staged becomes a data set in one step.
 *
 * <p>What enters: staged files. What leaves: a directory that either has a complete data set or none, and a lock that
 * lets one job at a time work on it.
 */
package dev.packtrain.pipeline.commit;
