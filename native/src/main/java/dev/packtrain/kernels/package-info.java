/** Placeholder. */
package dev.packtrain.kernels;
