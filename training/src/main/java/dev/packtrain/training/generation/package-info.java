/**
 * Text generation, one sequence at a time.
 *
 * <p>What enters: a model, prompt token ids and options. What leaves: the new token ids, one by one. Tokenising is the
 * caller's.
 */
package dev.packtrain.training.generation;
