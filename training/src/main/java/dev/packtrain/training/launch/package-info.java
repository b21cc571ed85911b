/**
 * The protocol between a training process and the Spark task that supervises it.
 *
 * <p>Parent to child, on standard input, one JSON object a line: first a {@link dev.packtrain.training.launch.LaunchSpec},
 * then a {@link dev.packtrain.training.launch.Rendezvous}; the stream then stays open, and its end means that the parent
 * is gone. Child to parent, on standard output, one {@link dev.packtrain.training.launch.TrainerEvent} a line. Standard
 * error is free text for people.
 */
package dev.packtrain.training.launch;
