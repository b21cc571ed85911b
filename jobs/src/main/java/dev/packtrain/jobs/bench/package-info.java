/**
 * Benchmarks that anyone can run: {@code packtrain bench prepare}, {@code packing}, {@code tokenizer},
 * {@code attention} and {@code train}.
 *
 * <p>What enters: sizes on the command line. What leaves: figures on the screen, and the same as JSON with
 * {@code --json}. The peers' side of each is a script in {@code docs/benchmarks/}, to be run on the same machine.
 */
package dev.packtrain.jobs.bench;
