/**
 * Kernels in C++ for what libtorch does in many passes, with their loader and the probe of what this machine can run.
 *
 * <p>In: raw addresses of native memory and a number of elements. Out: the same memory, changed in place. Every kernel
 * comes in several variants, one per instruction set; the probe picks the fastest one that the CPU and the operating
 * system allow. Those of elementwise kernels ({@link dev.packtrain.kernels.KernelVariant}) give the same bits, those of
 * attention ({@link dev.packtrain.kernels.AttentionVariant}) differ by rounding. An elementwise kernel works on one
 * range in the calling thread; the others run on libtorch's {@link dev.packtrain.kernels.KernelThreads threads} and give
 * the same bits whatever their number.
 *
 * <p>What attention may see is a {@link dev.packtrain.kernels.FlashMask}, and a {@link dev.packtrain.kernels.TilePlan} says
 * which tiles of the scores that leaves.
 */
package dev.packtrain.kernels;
