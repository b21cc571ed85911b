package dev.packtrain.training.device;

/**
 * Shows on the very GPU that one family of Packtrain's kernels computes rightly there. The families lie in packages that use this one,
 * so {@link CudaPasses} finds their checks by {@link java.util.ServiceLoader}.
 *
 * <p>A check compares every kernel of its family with an independent computation on the CPU, on numbers that are the same each time: in
 * odd widths, that go element by element, and in multiples of 8, that go 16 bytes at a time; with more than one block and a last one that is
 * not full. It is called by {@link KernelAgreement#check}.
 */
public interface PassesCheck {
    /**
     * Runs every kernel of the family.
     *
     * @param passes what to check
     * @param memory makes tensors on their GPU
     * @param agreement is told what came out, and ends the check where that is wrong
     */
    void run(CudaPasses passes, TensorFactory memory, KernelAgreement agreement);
}
