/**
 * Kernels for NVIDIA GPUs: their module in the driver, the tile lists that FlashMask's walk, and their launches.
 *
 * <p>In: device addresses, strides and, for attention, a {@link dev.packtrain.kernels.FlashMask mask}. Out: device memory,
 * written on the stream of the caller. Compute capability 8.0 or newer. Nothing falls back to anything: what cannot run here says why in a
 * {@link dev.packtrain.kernels.KernelUnavailableException}.
 */
package dev.packtrain.kernels.cuda;
