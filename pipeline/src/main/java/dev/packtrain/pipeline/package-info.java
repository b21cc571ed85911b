/** Placeholder. */
package dev.packtrain.pipeline;
