package dev.packtrain.kernels.cuda;

/** The kernels of flash_mask.cu. */
enum Pass {
    FORWARD("forward"),
    ROW_SUMS("row_sums"),
    BACKWARD_QUERY("backward_query"),
    BACKWARD_KEY("backward_key");

    /** Keys, or queries, that a backward pass works on at a time. */
    private static final int STEP = 32;

    private final String entryPoint;

    Pass(String entryPoint) {
        this.entryPoint = entryPoint;
    }

    /** Name of the kernel. */
    String function(GpuAttentionShape shape) {
        return "flash_mask_" + entryPoint + "_" + shape.element().suffix() + "_d" + shape.headDim();
    }

    /** Shared memory of a block in bytes, as FlashMaskShape of flash_mask_args.h has it: tiles of D elements of 2 bytes a row. */
    int sharedBytes(int headDim) {
        int rowBytes = 2 * headDim;
        int keyTile = FlashMaskTiles.BLOCK_KEYS * rowBytes;
        int rowTile = FlashMaskTiles.BLOCK_ROWS * rowBytes;
        return switch (this) {
            case FORWARD -> rowTile + 2 * keyTile;
            case ROW_SUMS -> 0;
            case BACKWARD_QUERY -> 2 * rowTile + 4 * STEP * rowBytes;
            case BACKWARD_KEY -> 2 * keyTile + 2 * STEP * (2 * rowBytes + 2 * Float.BYTES);
        };
    }
}
