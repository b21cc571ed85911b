/** Placeholder. */
package dev.packtrain.jobs;
