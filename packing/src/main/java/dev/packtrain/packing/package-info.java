/**
 * From tokenised examples to packs, and from packs to shards on disk and back.
 *
 * <p>What enters: {@link dev.packtrain.packing.TokenizedExample}s. What leaves: Arrow files with one pack a row and the
 * manifest that names them. Only the JDK and Arrow are used here, so that the pipeline (Spark) and the trainer
 * (libtorch) share one definition of a pack.
 */
package dev.packtrain.packing;
