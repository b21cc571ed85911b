/**
 * Shows what a prepared data set, a shard, a model or a checkpoint holds.
 *
 * <p>What enters: a local path. What leaves: an {@link dev.packtrain.jobs.inspect.Inspection}, as text and as JSON.
 * Nothing is changed.
 */
package dev.packtrain.jobs.inspect;
