/**
 * An interpreter for the part of Jinja that the chat templates of Hugging Face tokenizers use, with the settings of
 * {@code transformers}: {@code trim_blocks}, {@code lstrip_blocks}, loop controls, {@code generation} blocks, immutable
 * data. A template and its variables enter; its text leaves, and for each character the input it was copied from. What
 * the interpreter does not know it refuses by name, where possible before anything is rendered.
 */
package dev.packtrain.pipeline.jinja;
