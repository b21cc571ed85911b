/**
 * The Spark jobs.
 *
 * <p>What enters: the groups of the input's rows. What leaves: staged shards and rejected rows, one of each a packing
 * group, and a bounded summary of every group on the driver.
 */
package dev.packtrain.pipeline.stage;
