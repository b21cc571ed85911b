/**
 * Text to token ids and back.
 *
 * <p>What enters: any Hugging Face {@code tokenizer.json}, or rows to train one on. What leaves: a
 * {@link dev.packtrain.pipeline.tokenizer.Tokenizer} whose ids equal those of the Python library.
 */
package dev.packtrain.pipeline.tokenizer;
