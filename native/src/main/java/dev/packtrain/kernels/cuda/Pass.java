package dev.packtrain.kernels.cuda;

/** The kernels of flash_mask.cu. */
enum Pass {
    FORWARD("forward"),
    ROW_SUMS("row_sums"),
    BACKWARD_QUERY("backward_query"),
    BACKWARD_KEY("backward_key");

    /** Queries that the last pass works on at a time. */
    private static final int QUERY_STEP = 32;

    private final String entryPoint;

    Pass(String entryPoint) {
        this.entryPoint = entryPoint;
    }

    /** Name of the kernel. */
    String function(GpuAttentionShape shape) {
        return "flash_mask_" + entryPoint + "_" + shape.element().suffix() + "_d"
                + GpuAttentionShape.kernelDim(shape.headDim());
    }

    /** Blocks of the grid, {x, y}. */
    int[] grid(GpuAttentionShape shape, FlashMaskTiles tiles) {
        int parts = GpuAttentionShape.parts(shape.headDim());
        return switch (this) {
            case FORWARD, BACKWARD_QUERY -> new int[] {tiles.numRowBlocks() * parts, shape.numHeads()};
            case ROW_SUMS -> new int[] {tiles.numPaddedRows() / (FlashMaskTiles.THREADS / 4), shape.numHeads()};
            case BACKWARD_KEY -> new int[] {tiles.numKeyBlocks() * parts, shape.numGroups()};
        };
    }

    /** Shared memory of a block in bytes, as FlashMaskShape of flash_mask_args.h has it: tiles of D elements of 2 bytes a row. */
    int sharedBytes(int headDim) {
        int kernelDim = GpuAttentionShape.kernelDim(headDim);
        int parts = GpuAttentionShape.parts(headDim);
        int rowBytes = 2 * kernelDim;
        int keyTile = FlashMaskTiles.BLOCK_KEYS * rowBytes;
        int ownRows = FlashMaskTiles.BLOCK_ROWS / parts * rowBytes;
        int keyStep = kernelDim > 192 ? 16 : 32;
        return switch (this) {
            case FORWARD -> ownRows + 2 * keyTile;
            case ROW_SUMS -> 0;
            case BACKWARD_QUERY -> 2 * ownRows + 4 * keyStep * rowBytes;
            case BACKWARD_KEY -> 2 * keyTile / parts + 2 * QUERY_STEP * (2 * rowBytes + 2 * Float.BYTES);
        };
    }
}
