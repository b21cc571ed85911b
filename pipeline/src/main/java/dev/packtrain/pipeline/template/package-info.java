/**
 * Chat templates.
 *
 * <p>What enters: a {@link dev.packtrain.pipeline.record.Dialogue} and a template. What leaves: the text that the template
 * makes of it, and which parts of that text take a loss.
 */
package dev.packtrain.pipeline.template;
