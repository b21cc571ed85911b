/**
 * The main job on a generated sample, told on the screen.
 *
 * <p>What enters: an empty directory. What leaves in it: the sample, a tokenizer, {@code data/} and {@code model/}.
 */
package dev.packtrain.jobs.demo;
