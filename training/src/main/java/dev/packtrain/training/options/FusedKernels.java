package dev.packtrain.training.options;

/** What a recipe asks of the passes of a step beside attention on a GPU, by {@code use_fused_kernels}. */
public enum FusedKernels {
    /** The key is not set: Packtrain's kernels where this build has them for the GPU, else libtorch's operations. */
    AUTO,
    /** It is true: Packtrain's kernels; where they are missing, an error. */
    OWN,
    /** It is false: libtorch's operations. */
    LIBTORCH;

    /**
     * By the key's value.
     *
     * @param value null if it is not set
     */
    public static FusedKernels of(Boolean value) {
        if (value == null) {
            return AUTO;
        }
        return value ? OWN : LIBTORCH;
    }
}
